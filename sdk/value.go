package sdk

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode"

	"liveapi.host/protocol/uapi"
)

// compileValue returns the setter for one value of type t, and the type's name in the
// manifest.
func compileValue(t reflect.Type) (name string, set setter, err error) {
	switch k := t.Kind(); {
	case t == secretType:
		return "string", setSecret, nil
	case t == rawType:
		return "any", setRaw, nil
	case reflect.PointerTo(t).Implements(jsonReader), reflect.PointerTo(t).Implements(textReader):
		return "", nil, fmt.Errorf("the type %v decodes itself, which parameters do not support: use a string", t)
	case k == reflect.String:
		return "string", setString, nil
	case k == reflect.Bool:
		return "flag", setFlag, nil
	case k >= reflect.Int && k <= reflect.Int64:
		return "number", intSetter(t.Bits()), nil
	case k >= reflect.Uint && k <= reflect.Uint64:
		return "number", uintSetter(t.Bits()), nil
	case k == reflect.Float32 || k == reflect.Float64:
		return "number", floatSetter(t.Bits()), nil
	case k == reflect.Map && t.Key().Kind() != reflect.String:
		return "", nil, fmt.Errorf("the type %v: the keys of a map have to be strings", t)
	case k == reflect.Struct || k == reflect.Map:
		return "any", setNested, decodable(t, make(map[reflect.Type]bool))
	}
	return "", nil, fmt.Errorf("the type %v cannot be a parameter; allowed are strings, numbers, bool, sdk.Secret, structs, "+
		"maps, json.RawMessage, lists of these, and pointers to them", t)
}

// decodable returns an error for types into which encoding/json cannot decode.
func decodable(t reflect.Type, seen map[reflect.Type]bool) error {
	if seen[t] || t == secretType || reflect.PointerTo(t).Implements(jsonReader) || reflect.PointerTo(t).Implements(textReader) {
		return nil
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer, reflect.Uintptr:
		return fmt.Errorf("%v cannot be decoded", t)
	case reflect.Interface:
		if t.NumMethod() > 0 {
			return fmt.Errorf("%v cannot be decoded", t)
		}
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return decodable(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() {
				if err := decodable(f.Type, seen); err != nil {
					return fmt.Errorf("field %s: %w", f.Name, err)
				}
			}
		}
	}
	return nil
}

// plainText returns a value's text. done means that o is final: the value is an object
// or a list, or an empty text.
func plainText(v uapi.Value, allowed string) (s string, o outcome, done bool) {
	s, ok := v.Text()
	if !ok {
		return "", outcome{wrong: "is an object or a list", allowed: allowed}, true
	}
	return s, outcome{absent: s == ""}, s == ""
}

func setString(field reflect.Value, v uapi.Value) outcome {
	s, ok := v.Text()
	if !ok {
		return outcome{wrong: "is an object or a list", allowed: "a text is allowed"}
	}
	field.SetString(s)
	return outcome{}
}

func setSecret(field reflect.Value, v uapi.Value) outcome {
	s, ok := v.Text()
	if !ok {
		return outcome{wrong: "is an object or a list", allowed: "a text is allowed"}
	}
	secret := NewSecret(s)
	secret.number = isNumber(v.Raw())
	*field.Addr().Interface().(*Secret) = secret
	return outcome{}
}

func isNumber(raw []byte) bool {
	return len(raw) > 0 && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9')
}

func setFlag(field reflect.Value, v uapi.Value) outcome {
	const allowed = "1 and 0 are allowed"
	s, o, done := plainText(v, allowed)
	switch {
	case done:
		return o
	case s == "1", s == "true":
		field.SetBool(true)
	case s != "0" && s != "false":
		return outcome{wrong: "is " + quote(s), allowed: allowed}
	}
	return outcome{}
}

func intSetter(bits int) setter {
	lowest := int64(math.MinInt64) >> (64 - bits)
	allowed := fmt.Sprintf("whole numbers from %d to %d are allowed", lowest, -(lowest + 1))
	return func(field reflect.Value, v uapi.Value) outcome {
		s, o, done := plainText(v, allowed)
		if done {
			return o
		}
		n, err := strconv.ParseInt(s, 10, bits)
		if err != nil {
			return outcome{wrong: numberProblem(s, err), allowed: allowed}
		}
		field.SetInt(n)
		return outcome{}
	}
}

func uintSetter(bits int) setter {
	allowed := fmt.Sprintf("whole numbers from 0 to %d are allowed", uint64(math.MaxUint64)>>(64-bits))
	return func(field reflect.Value, v uapi.Value) outcome {
		s, o, done := plainText(v, allowed)
		if done {
			return o
		}
		n, err := strconv.ParseUint(s, 10, bits)
		if err != nil {
			return outcome{wrong: numberProblem(s, err), allowed: allowed}
		}
		field.SetUint(n)
		return outcome{}
	}
}

func floatSetter(bits int) setter {
	const allowed = "decimal numbers are allowed"
	return func(field reflect.Value, v uapi.Value) outcome {
		s, o, done := plainText(v, allowed)
		if done {
			return o
		}
		err := strconv.ErrSyntax
		var n float64
		if strings.Trim(s, "0123456789+-.eE") == "" { // Go also reads infinities, NaN and hexadecimal
			n, err = strconv.ParseFloat(s, bits)
		}
		if err != nil {
			return outcome{wrong: numberProblem(s, err), allowed: allowed}
		}
		field.SetFloat(n)
		return outcome{}
	}
}

func numberProblem(s string, err error) string {
	if errors.Is(err, strconv.ErrRange) {
		return "is " + quote(s) + ", which is out of range"
	}
	return "is " + quote(s) + ", which is not such a number"
}

// jsonOf returns nested JSON, or the content of a text: forms and command lines have
// only texts.
func jsonOf(v uapi.Value) []byte {
	if raw := v.Raw(); len(raw) == 0 || raw[0] != '"' {
		return raw
	}
	s, _ := v.Text()
	return []byte(s)
}

func setRaw(field reflect.Value, v uapi.Value) outcome {
	b := jsonOf(v)
	if len(b) == 0 {
		return outcome{absent: true}
	}
	if !json.Valid(b) {
		return outcome{wrong: "is not JSON", allowed: "one JSON value is allowed"}
	}
	field.SetBytes(append([]byte(nil), b...)) // the call's arguments end with the call
	return outcome{}
}

func setNested(field reflect.Value, v uapi.Value) outcome {
	b := jsonOf(v)
	if len(b) == 0 {
		return outcome{absent: true}
	}
	if string(b) == "[]" { // PHP's empty map (U9)
		b = []byte("{}")
	}
	err := json.Unmarshal(b, field.Addr().Interface())
	if err == nil {
		return outcome{}
	}
	// The text of the decoder's error is not used: it may quote a value.
	e, ok := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case ok && e.Field != "":
		return outcome{wrong: "has the wrong kind of value in its member " + quote(e.Field), allowed: kindName(e.Type) + " is allowed"}
	case ok && e.Type != field.Type():
		return outcome{wrong: "has the wrong kind of value in a member", allowed: kindName(e.Type) + " is allowed"}
	}
	return outcome{wrong: "is not of the right form", allowed: "one JSON object is allowed"}
}

func kindName(t reflect.Type) string {
	switch k := t.Kind(); {
	case k == reflect.String:
		return "a text"
	case k == reflect.Bool:
		return "true or false"
	case k >= reflect.Int && k <= reflect.Float64:
		return "a number (" + t.Kind().String() + ")"
	case k == reflect.Slice || k == reflect.Array:
		return "a list"
	}
	return "an object"
}

// quote puts a value into an error text: short, on one line.
func quote(s string) string {
	const most = 40 // characters
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > most {
			b.WriteString("…")
			break
		}
		if unicode.IsControl(r) {
			r = unicode.ReplacementChar
		}
		b.WriteRune(r)
	}
	return "“" + b.String() + "”"
}
