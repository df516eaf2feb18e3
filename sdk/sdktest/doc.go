// Package sdktest runs a module in a test, without a host:
//
//	func TestGreet(t *testing.T) {
//		h := sdktest.New(t, hello.Module)
//		h.Call("greet", sdktest.Args{"name": "Ann"}).JSON(`{"greeting":"Hello, Ann!"}`)
//		h.Call("greet", nil).Fails("The parameter “name” is required.")
//	}
//
// [New] calls the module within the test's process. [Pipe] does the same over
// the real transport: the test binary starts itself again as the module's
// process. This needs one more line:
//
//	func TestMain(m *testing.M) { sdktest.Main(m, hello.Module) }
//
// A [Host] has a storage in memory, and a clock and an account that the test can set.
// It is not the host that serves callers: it has no features, output modifiers and
// envelopes.
package sdktest
