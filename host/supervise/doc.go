// Package supervise runs the programs of modules: it finds them in one folder,
// starts each on the first call that needs it, passes calls to it, and restarts it
// after it has died, with growing pauses.
//
// [Programs] is a [call.Source]: it puts the manifests of the programs into the
// host's table. How to start a program and send it a call is an argument
// ([Child]), so this package does not know go-plugin or gRPC. It never decides
// whether a call may be made.
package supervise
