package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// Module declares a module. It is an inert value: nothing happens until
// [Main], [NewServer] or package sdktest takes it, and they do not change it.
type Module struct {
	Name    string // what callers write, such as "TwoFactorAuth" (W16)
	Doc     string // what it is for; the first line is a summary
	Version string // of the module, such as "1.2.0"

	Functions []Function

	// Check, when set, is asked once at start, after the declaration has been
	// found valid. It reports what is wrong with the module's configuration;
	// the module then does not start.
	Check func() error
}

// Function declares one function of a module. [Func] makes it.
type Function struct {
	name, doc string
	in, out   reflect.Type
	bind      func(*arguments, bool) handler
}

// handler decodes the arguments, runs the author's function and encodes what
// it returned.
type handler func(ctx context.Context, call *Call, args uapi.Args) (data json.RawMessage, err error)

// None is for functions without parameters, or whose data is null.
type None = struct{}

// Func declares the function called name: f with its parameters In, a struct,
// and its data Out. See the package comment for the types and tags that they
// may have.
//
// f runs on many goroutines at once. Its ctx ends when the caller no longer
// waits, at the latest after 50 s; f must then return soon. An error that is or
// wraps an [*Error] fails the call with that error's text. Any other error and
// a panic reach the caller as "An internal error occurred" with an id, and the
// log in full. Out is encoded beside an error too when it is a pointer, a map or
// a slice that is not nil.
func Func[In, Out any](name, doc string, f func(context.Context, *Call, In) (Out, error)) Function {
	return Function{
		name: name, doc: doc,
		in: reflect.TypeFor[In](), out: reflect.TypeFor[Out](),
		bind: func(a *arguments, hasFlags bool) handler {
			return func(ctx context.Context, call *Call, args uapi.Args) (json.RawMessage, error) {
				if call.server.log.IsDebug() {
					a.reportUnknown(call, args)
				}
				in := new(In)
				if err := a.decode(reflect.ValueOf(in).Elem(), args); err != nil {
					return nil, err
				}
				out, err := f(ctx, call, *in)
				if err != nil {
					return dataBeside(out, hasFlags, err)
				}
				return encodeData(out, hasFlags)
			}
		},
	}
}

// dataBeside returns err, with out as data where out is more than Go's way to
// return nothing (U3).
func dataBeside(out any, hasFlags bool, err error) (json.RawMessage, error) {
	switch v := reflect.ValueOf(out); v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice:
		if v.IsNil() {
			return nil, err
		}
	default:
		return nil, err
	}
	data, encodeErr := encodeData(out, hasFlags)
	if encodeErr != nil {
		return nil, encodeErr
	}
	return data, err
}

func encodeData(out any, hasFlags bool) (json.RawMessage, error) {
	if _, none := out.(None); none {
		return nil, nil
	}
	data, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("encode the result: %w", err)
	}
	if hasFlags {
		data = flags(data)
	}
	return data, nil
}

// Validate reports everything that is wrong with the declaration: names that
// W16 does not allow, what has no doc, what is declared twice, types that
// cannot travel. It does not call Check.
func (m *Module) Validate() error {
	_, err := m.compile()
	return err
}

// compiled is a valid module, ready to serve.
type compiled struct {
	manifest protocol.Manifest
	handlers map[string]handler
}

func (m *Module) compile() (*compiled, error) {
	if m == nil {
		return nil, errors.New("module is nil")
	}
	var problems []error
	problem := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("module %q: "+format, append([]any{m.Name}, args...)...))
	}
	if !protocol.ValidModule(m.Name) {
		problem("the name has to be a capital letter, then letters and digits, at most 64 (W16)")
	}
	if strings.TrimSpace(m.Doc) == "" {
		problem("Doc is empty: say in a line what the module is for")
	}
	if len(m.Functions) == 0 {
		problem("Functions is empty")
	}
	c := &compiled{
		manifest: protocol.Manifest{Module: m.Name, Doc: m.Doc, Version: m.Version},
		handlers: make(map[string]handler, len(m.Functions)),
	}
	for i := range m.Functions {
		f := &m.Functions[i]
		if f.bind == nil {
			problem("function %d was not made by sdk.Func", i)
			continue
		}
		if _, twice := c.handlers[f.name]; twice {
			problem("function %q is declared twice", f.name)
			continue
		}
		described, run, err := f.compile()
		if err != nil {
			problem("function %q: %w", f.name, err)
		}
		c.handlers[f.name] = run
		c.manifest.Functions = append(c.manifest.Functions, described)
	}
	slices.SortFunc(c.manifest.Functions, func(a, b protocol.Function) int { return strings.Compare(a.Name, b.Name) })
	return c, errors.Join(problems...)
}

func (f *Function) compile() (protocol.Function, handler, error) {
	var problems []error
	if !protocol.ValidFunction(f.name) {
		problems = append(problems, errors.New("the name has to be a letter, then letters, digits and underscores, at most 64 (W16)"))
	}
	if strings.TrimSpace(f.doc) == "" {
		problems = append(problems, errors.New("the doc is empty: say in a line what the function does"))
	}
	in, err := compileIn(f.in)
	if err != nil {
		problems = append(problems, err)
	}
	returns, hasFlags, err := compileOut(f.out)
	if err != nil {
		problems = append(problems, err)
	}
	if err := errors.Join(problems...); err != nil {
		return protocol.Function{}, nil, err
	}
	described := protocol.Function{Name: f.name, Doc: f.doc, API: protocol.UAPI, Params: in.fields(), Returns: returns}
	return described, f.bind(in, hasFlags), nil
}
