// Package fresh keeps what files say, and reads a file again when it has
// changed. Nothing watches and nothing waits: each use looks at the file (one
// stat of about half a microsecond) and takes what is remembered when the file
// is still the same one.
//
// Every reading is bounded, refuses what is no plain file, and begins again
// when the file changes below it. A [Folder] also refuses what somebody else
// than root and the user of this process could have written.
//
// The package does not know what the files say: a decode function does.
package fresh
