// Package caller is the caller's side of LiveAPI for programs of this
// repository: it finds the host that runs on this machine and makes calls over
// its socket, as a page does.
//
// It stays small, because a command such as uapi runs for a few milliseconds
// only: neither this package nor those below it import package host, a database
// or the code for module processes. A program that can be a host itself is
// host/cmd/liveapi.
//
//   - settings: the flags and the configuration that every command shares
//   - render: a response as YAML, JSON or XML
//   - catalogue: the modules and functions of a host, for help, completion and
//     "did you mean"
//   - command: the commands uapi and cpapi2
//   - exit: exit statuses
package caller
