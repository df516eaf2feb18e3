// Package sdk is for authors of modules: programs that add functions to a
// LiveAPI host. It is not for callers, which have libraries of their own, and
// a module imports nothing else of this project but package sdktest, in tests.
//
// # A module
//
// A module is a value that declares functions, and a main of one line:
//
//	var Module = &sdk.Module{
//		Name: "Hello", Doc: "A first module.", Version: "1.0.0",
//		Functions: []sdk.Function{sdk.Func("greet", "Says hello.", greet)},
//	}
//
//	type in struct {
//		Name string `json:"name" doc:"Who to greet." required:"true"`
//	}
//
//	type out struct {
//		Greeting string `json:"greeting" doc:"What to say."`
//	}
//
//	func greet(ctx context.Context, call *sdk.Call, in in) (out, error) {
//		return out{Greeting: "Hello, " + in.Name + "!"}, nil
//	}
//
//	func main() { sdk.Main(Module) }
//
// A caller writes uapi("Hello", "greet", name: "Ann"), in PHP, Perl, a template
// or a shell, and reads data.greeting. Tags and docs make the module's
// manifest: help, completion and the reference pages. What is not documented,
// has no allowed name or a type that cannot travel keeps the module from
// starting, with a text that says so; [Module.Validate] tells it earlier.
//
// # Parameters
//
// Callers send text (U7). The fields of the parameter struct say what it has to
// be; what does not fit never reaches the function.
//
//	tag                meaning
//	json:"name"        the parameter's name, always needed; "-" leaves the field alone
//	doc:"…"            what it is, always needed
//	required:"true"    the call fails without it; an empty text counts as missing
//	allowed:"…"        the end of its errors, such as "1 to 65535 are allowed",
//	                   where the type alone says too little
//
//	type               takes
//	string             any text
//	sdk.Secret         any text, and prints it nowhere
//	int8 … uint64      whole numbers that the type can hold
//	float32, float64   decimal numbers
//	bool               1, 0, true, false
//	struct, map        a nested JSON object, by the rules of encoding/json
//	json.RawMessage    nested JSON, or any other JSON value
//	a slice of these   repetition, name-0, name-1 and so on (U8), or a JSON list
//	a pointer to one   nil when it was not sent
//
// A field named "*", a map[string]string, takes every argument that no other field
// does: for functions whose arguments' names are data.
//
// For numbers, flags and nested values an empty text is the same as nothing. A
// nested value may also arrive as a text that holds JSON, since a form or a
// command line has nothing else. Names that the struct does not have are ignored.
//
// # Results
//
// The result is encoded by encoding/json, with two differences: booleans
// become the numbers 1 and 0, and the members of objects stand in the order of
// their names (U2), wherever they are. A struct's members are
// tagged with json and doc like parameters; a member that is a secret by
// intention is a string tagged secret:"true", filled with [Secret.Reveal]. A nil
// pointer, map or slice is null, and so is [None]: make an empty list with
// []T{}. Texts beside the data go through [Call.Warn] and [Call.Message].
//
// # API 2 and API 1
//
// [API2] declares a function of API 2, whose data is a list of rows, and [API1]
// one of API 1, which takes its arguments by their places and returns a text. A
// module may have one name in each. [Reason] is the soft failure of API 2.
//
// # Administration
//
// [WHM1] declares a function of WHM API 1, for root. Its name is known to callers
// without the module's, so begin it with the module's. [Call.Whole] is what it
// works on: the records of all accounts, and those that belong to none, such as a
// setting of the administrator's, which the module's other functions can read.
// The host records each of its calls, unless it is [Function.ReadOnly].
//
// # Accounts
//
// [Call.AccountInfo] is what the host knows of the caller: domains, features,
// language. What a function demands of an account is declared, and enforced by the
// host before the module runs: [Function.NeedsFeature], and, for what a demo
// account may call, [Function.AllowDemo].
//
// # Errors
//
// An error made by [Errorf] is an answer: its text is for the caller, says what
// to do and holds no secret. Every other error is a fault: the caller gets "An
// internal error occurred" with the id of the call, and the log has the rest,
// under the same id. So return the errors of libraries as they are, and wrap
// them with %w.
//
// # Storage
//
// [Call.Storage] keeps small records of the calling account. [Update] changes one
// without losing what others change at the same time: it reads the record, writes
// it if it is still the same, and otherwise starts again. Where the outcome of a
// write is not known ([ErrUnknown]), it may or may not have happened; what must not
// happen twice, or must not happen unseen, is then refused.
//
// # Tests
//
// Package sdktest runs a module without a host: in the test's own process, or
// over the transport that a host uses.
package sdk
