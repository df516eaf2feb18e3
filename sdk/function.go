package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// Function declares one function of a module. [Func], [API2], [API1] and [WHM1] make it.
type Function struct {
	manifest protocol.Function // without Params and Returns, which compile adds
	in, out  reflect.Type
	bind     func(*arguments, traits) handler
}

// handler decodes the arguments, runs the author's function and encodes its result.
type handler func(ctx context.Context, call *Call, args uapi.Args) (data json.RawMessage, err error)

// None is the type of no parameters, and of data that is null.
type None = struct{}

// Func declares the UAPI function called name: f with its parameters In, a
// struct, and its data Out. See the package comment for the types and tags that
// they may have.
//
// f runs on many goroutines at the same time. Its ctx ends at the call's deadline (30 s,
// at most 50 s) or when the host cancels the call, but not when a caller disconnects; f
// must then return soon. An error that is or
// wraps an [*Error] fails the call with that error's text. For any other error and
// for a panic the caller gets "An internal error occurred" with an id, and the log has
// the details. If f returns an error and Out is a pointer, a map or a slice that is
// not nil, the failed result has Out as its data.
func Func[In, Out any](name, doc string, f func(context.Context, *Call, In) (Out, error)) Function {
	return declare(protocol.UAPI, name, doc, f)
}

// API2 is [Func] for a function of API 2, whose data is a list of rows (U5). An
// error made by [Reason] makes the call succeed with the one row {reason, result: 0}.
func API2[In, Row any](name, doc string, f func(context.Context, *Call, In) ([]Row, error)) Function {
	return declare(protocol.API2, name, doc, f)
}

// API1 is [Func] for a function of API 1, which returns a text (U5). Its callers send
// a list: the fields of In take its entries in order, and a slice as the last field
// takes the rest.
func API1[In any](name, doc string, f func(context.Context, *Call, In) (string, error)) Function {
	return declare(protocol.API1, name, doc, f)
}

// WHM1 is [Func] for a function of WHM API 1, which only root may call, for the
// machine or the fleet: it can use every account's data, by [Call.Whole]. Out is a
// struct or a map. The host records each call of a function that is not
// [Function.ReadOnly], with its arguments except secrets.
func WHM1[In, Out any](name, doc string, f func(context.Context, *Call, In) (Out, error)) Function {
	return declare(protocol.WHM1, name, doc, f)
}

// NeedsFeature returns the function with a requirement that the host checks before
// the module runs: the account must have the feature of this name.
func (f Function) NeedsFeature(name string) Function {
	f.manifest.NeedsFeature = name
	return f
}

// AllowDemo returns the function as one that demo accounts may call. Use it for
// functions that change nothing.
func (f Function) AllowDemo() Function {
	f.manifest.AllowDemo = true
	return f
}

// ReadOnly returns the function as one that changes nothing.
func (f Function) ReadOnly() Function {
	f.manifest.ReadOnly = true
	return f
}

// Deprecated returns the function as one that callers should no longer use; instead is
// one line that says what to call, or what else to do. The function still works.
func (f Function) Deprecated(instead string) Function {
	f.manifest.Deprecated = instead
	return f
}

// PrefetchAccount makes the host send the result of [Call.AccountInfo] with each call
// of the function. Use it for data that almost every call reads: it saves a request to
// the host, which takes about as long as the call itself.
func (f Function) PrefetchAccount() Function {
	f.manifest.Prefetch.Account = true
	return f
}

// PrefetchRecords is [Function.PrefetchAccount] for at most 8 records: of
// [Call.Storage], or of [Call.Whole] for a key that begins with a slash. The first Get
// of each record returns its state at the start of the call. Later Gets, and Gets after
// a change or after [Call.Invoke], are requests to the host.
func (f Function) PrefetchRecords(keys ...string) Function {
	f.manifest.Prefetch.Records = append(slices.Clone(f.manifest.Prefetch.Records), keys...)
	return f
}

// Provides makes the function's data the value of a session variable, such as "theme"
// for $theme in pages (U §9). The function needs no argument and returns a text.
func (f Function) Provides(variable string) Function {
	f.manifest.Provides = variable
	return f
}

func declare[In, Out any](api protocol.APIVersion, name, doc string, f func(context.Context, *Call, In) (Out, error)) Function {
	return Function{
		manifest: protocol.Function{Name: name, Doc: doc, API: api},
		in:       reflect.TypeFor[In](), out: reflect.TypeFor[Out](),
		bind: func(a *arguments, needs traits) handler {
			return func(ctx context.Context, call *Call, args uapi.Args) (json.RawMessage, error) {
				if call.server.log.IsDebug() {
					a.reportUnknown(call, args)
				}
				in := new(In)
				if err := a.decode(reflect.ValueOf(in).Elem(), args); err != nil {
					return nil, err
				}
				out, err := f(ctx, call, *in)
				if soft, ok := errors.AsType[*reason](err); ok && api == protocol.API2 {
					return soft.rows()
				}
				if err != nil {
					return dataBeside(out, needs, err)
				}
				return encodeData(out, needs)
			}
		},
	}
}

// reason is the error of a soft failure of API 2.
type reason struct{ text string }

// Reason returns an error for a soft failure, which is common in API 2: callers get a
// row {reason, result: 0} and event.result 1. From a function of another API it is an
// [Error] of code Failed.
func Reason(format string, args ...any) error { return &reason{fmt.Sprintf(format, args...)} }

func (r *reason) Error() string { return r.text }

func (r *reason) Unwrap() error { return &Error{Code: Failed, Text: r.text} }

func (r *reason) rows() (json.RawMessage, error) {
	return json.Marshal([]struct {
		Reason string `json:"reason"`
		Result int    `json:"result"`
	}{{Reason: r.text}})
}

// dataBeside returns err, with out as data if out is a pointer, a map or a slice that
// is not nil (U3).
func dataBeside(out any, needs traits, err error) (json.RawMessage, error) {
	switch v := reflect.ValueOf(out); v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice:
		if v.IsNil() {
			return nil, err
		}
	default:
		return nil, err
	}
	data, encodeErr := encodeData(out, needs)
	if encodeErr != nil {
		return nil, encodeErr
	}
	return data, err
}

func encodeData(out any, needs traits) (json.RawMessage, error) {
	if _, none := out.(None); none {
		return nil, nil
	}
	data, err := needs.encode(out)
	if err != nil {
		return nil, fmt.Errorf("encode the result: %w", err)
	}
	return data, nil
}

func (f *Function) compile() (protocol.Function, handler, error) {
	m := f.manifest
	var problems []error
	if !protocol.ValidFunction(m.Name) {
		problems = append(problems, errors.New("the name has to be a letter, then letters, digits and underscores, at most 64 (W16)"))
	}
	if strings.TrimSpace(m.Doc) == "" {
		problems = append(problems, errors.New("the doc is empty: say in a line what the function does"))
	}
	in, err := compileIn(f.in)
	if err != nil {
		problems = append(problems, err)
	}
	if m.NeedsFeature != "" && !protocol.ValidFunction(m.NeedsFeature) {
		problems = append(problems, fmt.Errorf("the feature %q that it needs has to be a letter, then letters, digits and "+
			"underscores, at most 64", m.NeedsFeature))
	}
	returns, needs, err := compileOut(f.out)
	if err != nil {
		problems = append(problems, err)
	}
	if m.API == protocol.WHM1 && returns.Type != protocol.TypeNull &&
		(returns.List || returns.Type != protocol.TypeObject && returns.Type != protocol.TypeMap) {
		problems = append(problems, errors.New("a function of WHM API 1 returns an object (U §7): make its data a struct or a map"))
	}
	problems = append(problems, checkPrefetch(m.Prefetch.Records)...)
	if m.Provides != "" && (m.API != protocol.UAPI || bool(returns.List) || returns.Type != protocol.TypeString) {
		problems = append(problems, fmt.Errorf("it provides the variable %q: make it a function of UAPI that returns a text", m.Provides))
	}
	if err := errors.Join(problems...); err != nil {
		return protocol.Function{}, nil, err
	}
	m.Params, m.Returns = in.fields(), returns
	return m, f.bind(in, needs), nil
}

// checkPrefetch says what is wrong with the keys of records that are to be prefetched.
func checkPrefetch(keys []string) (problems []error) {
	if len(keys) > protocol.MaxPrefetch {
		problems = append(problems, fmt.Errorf("it prefetches %d records; at most %d are allowed", len(keys), protocol.MaxPrefetch))
	}
	for i, key := range keys {
		name := strings.TrimPrefix(key, "/")
		switch {
		case name == "" || len(name) > protocol.MaxKey || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
			problems = append(problems, fmt.Errorf(
				"it prefetches the record %.80q: a key has 1 to %d bytes of UTF-8 without control characters, and a slash before it "+
					"if the record is of no account", key, protocol.MaxKey))
		case slices.Contains(keys[:i], key):
			problems = append(problems, fmt.Errorf("it prefetches the record %q twice; name it once", key))
		}
	}
	return problems
}
