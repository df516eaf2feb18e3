package sdk

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"

	"liveapi.host/protocol/uapi"
)

// setter puts one value into a field that is not a pointer.
type setter func(field reflect.Value, v uapi.Value) outcome

// outcome is the result of setting a field; its zero value means success. wrong and
// allowed are the two halves of an error text.
type outcome struct {
	wrong, allowed string

	// absent: an empty text was sent where it means nothing (a number, a flag,
	// a nested value).
	absent bool
}

// decode fills in, a zero struct, from the arguments: by name, or by position when
// they are a list (U9). Unknown names and surplus positions are ignored.
func (a *arguments) decode(in reflect.Value, args uapi.Args) error {
	places := args.Positional()
	for i := range a.params {
		p := &a.params[i]
		field := in.Field(p.index)
		var err error
		switch {
		case p.Name == rest:
			err = a.decodeRest(field, args)
		case bool(p.List) && places != nil:
			err = p.decodeList(field, places[min(i, len(places)):])
		case bool(p.List):
			err = p.decodeList(field, args.List(p.Name))
		case i < len(places):
			err = p.decode(field, places[i], true)
		default:
			v, ok := args.Get(p.Name)
			err = p.decode(field, v, ok)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// decodeRest takes the arguments that no other parameter takes, except output
// modifiers.
func (a *arguments) decodeRest(field reflect.Value, args uapi.Args) error {
	var others map[string]string
	for name, v := range args.All() {
		if a.has(name) || isModifier(name) {
			continue
		}
		text, ok := v.Text()
		if !ok {
			return BadParam(name, "is an object or a list", "a text is allowed")
		}
		if others == nil {
			others = make(map[string]string)
		}
		others[name] = text
	}
	field.Set(reflect.ValueOf(others))
	return nil
}

func isModifier(name string) bool {
	return strings.HasPrefix(name, "api.") || strings.HasPrefix(name, "api2_")
}

func (p *param) decode(field reflect.Value, v uapi.Value, sent bool) error {
	if !sent {
		return p.missing()
	}
	target := field
	if field.Kind() == reflect.Pointer {
		target = reflect.New(field.Type().Elem()).Elem()
	}
	switch o := p.set(target, v); {
	case o.wrong != "":
		return BadParam(p.Name, o.wrong, cmp.Or(p.allowed, o.allowed))
	case o.absent, bool(p.Required) && isEmptyText(target):
		return p.missing()
	}
	if field.Kind() == reflect.Pointer {
		field.Set(target.Addr())
	}
	return nil
}

func (p *param) decodeList(field reflect.Value, values []uapi.Value) error {
	if field.Type().Elem() != rawType {
		values = spread(values)
	}
	if len(values) == 0 {
		return p.missing()
	}
	list := reflect.MakeSlice(field.Type(), len(values), len(values))
	for i, v := range values {
		o := p.set(list.Index(i), v)
		if o.absent {
			o = outcome{wrong: "is empty", allowed: "every entry needs a value"}
		}
		if o.wrong != "" {
			return BadParam(p.Name, fmt.Sprintf("(entry %d) %s", i+1, o.wrong), cmp.Or(p.allowed, o.allowed))
		}
	}
	field.Set(list)
	return nil
}

// spread replaces a value that is a JSON array by the entries of the array, since
// callers with JSON write a list in this way. An array that cannot be read is not
// changed.
func spread(values []uapi.Value) []uapi.Value {
	var all []uapi.Value
	for i, v := range values {
		if raw := v.Raw(); v.Nested() && raw[0] == '[' {
			if entries, err := uapi.DecodeArgs(raw); err == nil {
				if all == nil {
					all = append(make([]uapi.Value, 0, len(values)+8), values[:i]...)
				}
				all = append(all, entries.Positional()...)
				continue
			}
		}
		if all != nil {
			all = append(all, v)
		}
	}
	if all == nil {
		return values
	}
	return all
}

func (p *param) missing() error {
	if !p.Required {
		return nil
	}
	return &Error{Code: Invalid, Text: uapi.MissingArgument(p.Name)}
}

// BadParam returns the error for a wrong argument, in the form that this package uses
// itself (U §4): BadParam("port", "is 0", "1 to 65535 are allowed") is “The parameter
// “port” is 0: 1 to 65535 are allowed.” Do not quote a [Secret].
func BadParam(name, wrong, allowed string) *Error {
	return &Error{Code: Invalid, Text: uapi.BadArgument(name, wrong, allowed)}
}

// reportUnknown logs argument names that the function does not have: a misspelt
// optional parameter is otherwise hard to find. Values are not logged.
func (a *arguments) reportUnknown(call *Call, args uapi.Args) {
	if a.has(rest) {
		return
	}
	for name := range args.All() {
		if !a.has(name) && !isModifier(name) {
			call.Log().Debug("unknown argument ignored", "name", quote(name))
		}
	}
}

func (a *arguments) has(name string) bool {
	base, _, numbered := uapi.SplitSuffix(name)
	for i := range a.params {
		if p := &a.params[i]; p.Name == name || bool(p.List) && numbered && p.Name == base {
			return true
		}
	}
	return false
}

// isEmptyText reports whether a text is empty: a form sends an empty text for a field
// that was not filled in.
func isEmptyText(v reflect.Value) bool {
	if v.Type() == secretType {
		return v.Addr().Interface().(*Secret).IsZero()
	}
	return v.Kind() == reflect.String && v.Len() == 0
}
