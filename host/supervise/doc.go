// Package supervise runs the programs of modules: it finds them in one folder,
// starts each with the first call that needs it, passes calls on to it, and starts
// it again after it has died, with pauses that grow.
//
// [Programs] is a [call.Source]: it puts what programs say that they serve into
// the host's table. How a program is started, and how a call travels to it, is an
// argument ([Child]), so nothing here knows go-plugin or gRPC. It decides about no
// call.
package supervise
