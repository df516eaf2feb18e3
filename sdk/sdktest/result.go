package sdktest

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"liveapi.host/sdk"
)

// Result is the outcome of a call. Its methods check it; a failed check fails the test
// without ending it. They return the Result so that they can be chained.
type Result struct {
	sdk.Result

	// Err is set when there was no result. A caller then sees the text in Errors.
	Err error

	t    testing.TB
	name string
}

func newResult(t testing.TB, name string, r *sdk.Result, err error) *Result {
	if err == nil && r == nil {
		t.Errorf("%s: neither a result nor an error", name)
		r = new(sdk.Result)
	}
	if err != nil {
		r = &sdk.Result{Errors: []string{err.Error()}}
	}
	return &Result{Result: *r, Err: err, t: t, name: name}
}

// OK requires a status of 1.
func (r *Result) OK() *Result {
	r.t.Helper()
	if r.Status != 1 {
		r.t.Errorf("%s failed: %s", r.name, strings.Join(r.Errors, "; "))
	}
	return r
}

// Fails requires a status of 0 and one error of exactly this text.
func (r *Result) Fails(text string) *Result {
	r.t.Helper()
	if r.Status != 0 || len(r.Errors) != 1 || r.Errors[0] != text {
		r.t.Errorf("%s: status %d, errors %q\nwant one error: %q", r.name, r.Status, r.Errors, text)
	}
	return r
}

// JSON requires a status of 1 and data that equals want, compared as JSON values.
func (r *Result) JSON(want string) *Result {
	r.t.Helper()
	var w any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		r.t.Errorf("%s: the wanted data is not JSON: %v", r.name, err)
	}
	var got any
	r.Decode(&got)
	if r.Status == 1 && !reflect.DeepEqual(got, w) {
		r.t.Errorf("%s: data %s\nwant %s", r.name, r.Text(), want)
	}
	return r
}

// Decode requires a status of 1 and decodes the data into v, as json.Unmarshal does.
func (r *Result) Decode(v any) *Result {
	r.t.Helper()
	r.OK()
	if err := json.Unmarshal([]byte(r.Text()), v); err != nil {
		r.t.Errorf("%s: data %s: %v", r.name, r.Text(), err)
	}
	return r
}

// Text returns the data as JSON: null when there is no data.
func (r *Result) Text() string {
	if r.Data == nil {
		return "null"
	}
	return string(r.Data)
}
