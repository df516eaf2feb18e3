// Package fresh caches the decoded content of files, and reads a file again when
// it has changed. It has no watcher and no background work: each use makes one
// stat (about half a microsecond) and returns the cached content if the file has
// not changed.
//
// Every read is bounded, refuses anything but a regular file, and starts again
// when the file changes during the read. A [Folder] also refuses a file that
// a user other than root and the user of this process could have written.
//
// The package does not know the content of the files: a decode function does.
package fresh
