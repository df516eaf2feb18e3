// Package call is the core of the host: it takes a call for an account and
// returns a result. It depends neither on the door that the call came through nor
// on the module that serves it.
//
// A door authenticates its caller by its own means, and then:
//
//	c := host.NewCall(call.Caller{Account: "ann"})
//	c.Module, c.Function, c.API, c.Args = "Greeter", "greet", protocol.UAPI, args
//	result, _ := host.Invoke(ctx, c)
//	body, err := uapi.Append(nil, c, result, 0)
//
// [Host.Invoke] finds the module that serves the function (router.go), checks
// whether the account may call it (gate.go), applies the output modifiers
// (modify.go), records what root changes (record.go), and gives the module the
// services of its call (services.go). A [Table] lists what can be called; a
// [Source], such as package supervise, fills it.
//
// The package is not a door, starts no process and stores nothing by itself: of
// our packages, it imports only protocol, protocol/… and audit.
package call
