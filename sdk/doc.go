// Package sdk is for authors of modules: programs that add functions to a
// LiveAPI host. It is not for callers, which have libraries of their own. A module
// needs no other package of this project, except package sdktest in tests.
//
// # A module
//
// A module is a value that declares functions, and a main function of one line:
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
// or a shell, and reads data.greeting. The manifest of the module is made from tags
// and docs, and help, completion and the reference pages from the manifest. A module
// does not start if something in it has no documentation, a name that is not allowed or
// a type that cannot be encoded; an error says what. [Module.Validate] returns the same
// error earlier.
//
// # Parameters
//
// Callers send text (U7). The fields of the parameter struct are the allowed types;
// arguments of other types never reach the function.
//
//	tag                meaning
//	json:"name"        the parameter's name, always needed; "-" excludes the field
//	doc:"…"            the documentation, always needed
//	required:"true"    the call fails without it; an empty text counts as missing
//	allowed:"…"        the end of its errors, such as "1 to 65535 are allowed",
//	                   if the type alone does not say enough
//
//	type               takes
//	string             any text
//	sdk.Secret         any text; it is never printed
//	int8 … uint64      whole numbers that the type can hold
//	float32, float64   decimal numbers
//	bool               1, 0, true, false
//	struct, map        a nested JSON object, by the rules of encoding/json
//	json.RawMessage    nested JSON, or any other JSON value
//	a slice of these   repeated arguments name-0, name-1 and so on (U8), or a JSON list
//	a pointer to one   nil when it was not sent
//
// A field named "*", a map[string]string, takes every argument that no other field
// takes, for functions whose argument names are data.
//
// For numbers, flags and nested values an empty text is the same as no argument. A
// nested value may also be sent as a text that contains JSON, since forms and command
// lines have only texts. Arguments without a field are ignored.
//
// # Results
//
// The result is encoded by encoding/json, with two differences: booleans
// become the numbers 1 and 0, and the members of all objects are in the order of
// their names (U2). Members of a struct have the tags json and doc like parameters.
// For a member that intentionally returns a secret, use a string with the tag
// secret:"true" and fill it with [Secret.Reveal]. A nil pointer, map or slice is
// null, and so is [None]: for an empty list return []T{}. [Call.Warn] and
// [Call.Message] add texts to the result.
//
// # API 2 and API 1
//
// [API2] declares a function of API 2, whose data is a list of rows. [API1] declares
// a function of API 1, which takes its arguments by position and returns a text. A
// module may use the same name in each API. [Reason] is the soft failure of API 2.
//
// # Administration
//
// [WHM1] declares a function of WHM API 1, for root. Callers use its name without the
// module's name, so begin it with the module's name. It works on [Call.Whole]: the
// records of all accounts, and the records of no account, such as a setting of the
// administrator, which the module's other functions can read. The host records each
// of its calls, unless it is [Function.ReadOnly].
//
// # Accounts
//
// [Call.AccountInfo] returns what the host knows about the calling account: domains,
// features, language. Declare what a function requires of an account:
// [Function.NeedsFeature], and [Function.AllowDemo] if demo accounts may call it. The
// host checks this before the module runs.
//
// # Errors
//
// The text of an error made by [Errorf] is for the caller: it says what to do and
// contains no secret. Every other error is a fault: the caller gets "An internal error
// occurred" with the id of the call, and the log has the error under the same id. So
// return the errors of libraries unchanged, or wrap them with %w.
//
// # Storage
//
// [Call.Storage] stores small records of the calling account. [Update] changes a
// record without losing concurrent changes: it reads the record, writes it if it is
// still the same, and otherwise starts again. A write with [ErrUnknown] may or may not
// have happened. After it, refuse an operation that must not happen twice, or must
// not happen unnoticed.
//
// # Processors
//
// A module's process starts with one processor (GOMAXPROCS 1), and uses up to as many
// as the host allows while its functions compute much; setting GOMAXPROCS in the module
// has no lasting effect. Functions that wait cost no processor.
//
// # Tests
//
// Package sdktest runs a module without a host: in the test's own process, or over
// the transport of a host.
package sdk
