// Package call is the core of the host: a call comes in for an account and a
// result goes out, whichever door it came through and whatever answers it.
//
// A door authenticates its caller by its own means, and then:
//
//	c := host.NewCall(call.Caller{Account: "ann"})
//	c.Module, c.Function, c.API, c.Args = "Greeter", "greet", protocol.UAPI, args
//	result, _ := host.Invoke(ctx, c)
//	body, err := uapi.Append(nil, c, result, 0)
//
// [Host.Invoke] finds who serves the function (router.go), lets the account in or
// not (gate.go), applies the output modifiers (modify.go), has what root changes
// recorded (record.go), and gives the module the services of its call
// (services.go). What can be called stands in a [Table]; a [Source], such as
// package supervise, fills it.
//
// It is not a door, starts no process and stores nothing by itself: it imports
// the nouns of package protocol and the audit record, and nothing else of ours.
package call
