package nvdata_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"liveapi.host/plugins/internal/namedvalues"
	"liveapi.host/plugins/nvdata"
	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

func TestMain(m *testing.M) { sdktest.Main(m, nvdata.New()) }

type args = sdktest.Args

// The functions as a page uses them (U §10), in this process and over the pipe.
func TestUSection10NVData(t *testing.T) {
	for name, start := range map[string]func(testing.TB, *sdk.Module, ...sdktest.Option) *sdktest.Host{"in process": sdktest.New, "pipe": sdktest.Pipe} {
		t.Run(name, func(t *testing.T) {
			h := start(t, nvdata.New())
			h.Call("get", args{"names": "color|size"}).JSON(`[{"name":"color","value":""},{"name":"size","value":""}]`)
			h.Call("set", args{"names": "color|size", "color": "red <&> “x”\n\u0000", "size": 2}).JSON(`[{"set":"color","value":"red <&> “x”\n\u0000"},{"set":"size","value":"2"}]`)
			h.Call("get", args{"names": " size | color ||size"}).JSON(`[{"name":"size","value":"2"},{"name":"color","value":"red <&> “x”\n\u0000"}]`)
			h.As("bob").Call("get", args{"names": "size"}).JSON(`[{"name":"size","value":""}]`)
			h.Call("set", args{"names": "size", "size": ""}).JSON(`[{"set":"size","value":""}]`)
			h.Call("get", args{"names": "size|color"}).JSON(`[{"name":"size","value":""},{"name":"color","value":"red <&> “x”\n\u0000"}]`)
		})
	}
}

func TestNVDataMissing(t *testing.T) {
	h := sdktest.New(t, nvdata.New())
	h.Call("set", args{"names": "a|b", "a": "1", "b": "2"}).OK()
	r := h.Call("set", args{"names": "a|b", "b": "3", "c": "4"}).JSON(`[{"set":"b","value":"3"}]`)
	if len(r.Warnings) != 1 || r.Warnings[0] != "“a” was not changed, since no parameter of that name was sent." {
		t.Errorf("warnings %q", r.Warnings)
	}
	h.Call("get", args{"names": "a|b|c"}).JSON(`[{"name":"a","value":"1"},{"name":"b","value":"3"},{"name":"c","value":""}]`)
	if r := h.Call("set", args{"names": "a|b", "b": "5", "setmissing": "1"}).JSON(`[{"set":"a","value":""},{"set":"b","value":"5"}]`); r.Warnings != nil {
		t.Errorf("warnings %q", r.Warnings)
	}
	h.Call("get", args{"names": "a|b"}).JSON(`[{"name":"a","value":""},{"name":"b","value":"5"}]`)
	h.Call("set", args{"names": "a"}).JSON(`[]`)
}

func TestNVDataBadNames(t *testing.T) {
	const allowed = "1 to 128 bytes of text on one line without “|” are allowed for a name."
	h := sdktest.New(t, nvdata.New())
	for _, function := range []string{"get", "set"} {
		h.Call(function, nil).Fails("The parameter “names” is required.")
		h.Call(function, args{"names": " | "}).Fails("The parameter “names” has no name: names with | between are allowed.")
		h.Call(function, args{"names": "a|b\x00c"}).Fails("The parameter “names” has a wrong name at place 2: " + allowed)
		h.Call(function, args{"names": "a\nb"}).Fails("The parameter “names” has a wrong name at place 1: " + allowed)
		h.Call(function, args{"names": strings.Repeat("x", 129)}).Fails("The parameter “names” has a wrong name at place 1: " + allowed)
		var many strings.Builder
		for i := range namedvalues.MaxNames + 1 {
			fmt.Fprintf(&many, "n%d|", i)
		}
		h.Call(function, args{"names": many.String()}).Fails("The parameter “names” has more than 500 names: fewer are allowed in one call.")
	}
	for _, name := range []string{"names", "setmissing", "api.filter", "api2_sort"} {
		h.Call("set", args{"names": "a|" + name, "a": "x"}).
			Fails("The parameter “names” has “" + name + "”, which means something else in every call: other names are allowed.")
	}
	h.CallJSON("set", `{"names":"a","a":{"b":1}}`).Fails("The parameter “a” is an object or a list: a text is allowed.")
	h.Call("get", args{"names": "<script>|{{x}}|\u202e|a b"}).OK()
}

// A value that is refused changes nothing, and the error text has the bounds.
func TestBounds(t *testing.T) {
	h := sdktest.New(t, nvdata.New())
	h.Call("set", args{"names": "a", "a": "1"}).OK()
	h.Call("set", args{"names": "a|b", "a": "2", "b": strings.Repeat("x", namedvalues.MaxValue-1)}).
		Fails("The parameter “b” has a value of 65537 bytes as JSON: at most 65536 are allowed.")
	h.Call("get", args{"names": "a"}).JSON(`[{"name":"a","value":"1"}]`)

	h.Call("set", args{"names": "b", "b": strings.Repeat("x", namedvalues.MaxValue-2)}).OK()
	h.Call("set", args{"names": "b", "b": ""}).OK()
	var names []string
	sent := args{}
	for i := range namedvalues.MaxNames - 1 {
		names = append(names, fmt.Sprintf("n%d", i))
		sent[names[i]] = "x"
	}
	sent["names"] = strings.Join(names, "|")
	h.Call("set", sent).OK()
	h.Call("set", args{"names": "b", "b": "x"}).
		Fails("The account would keep 501 names; at most 500 are allowed. Nothing was changed: remove names that are not needed, by setting them to nothing.")
	h.Call("set", args{"names": "b|n0", "b": "x", "n0": ""}).OK()
	h.Call("get", args{"names": "n0|b"}).JSON(`[{"name":"n0","value":""},{"name":"b","value":"x"}]`)

	h = sdktest.New(t, nvdata.New())
	for i := range 8 {
		name := fmt.Sprintf("n%d", i)
		r := h.Call("set", args{"names": name, name: strings.Repeat("x", namedvalues.MaxValue-2)})
		if i < 7 {
			r.OK()
			continue
		}
		r.Fails("The account would keep 524359 bytes of names and values; at most 524288 are allowed. Nothing was changed: remove names that are not needed, by setting them to nothing.")
	}
	h.Call("get", args{"names": "n7"}).JSON(`[{"name":"n7","value":""}]`)
}

// Nothing is lost when many sessions, in two processes, set different names at once.
func TestParallelSets(t *testing.T) {
	shared := sdktest.NewMemory()
	open := sdktest.WithStorage(func(string, string) sdk.Storage { return shared })
	hosts := []*sdktest.Host{sdktest.New(t, nvdata.New(), open), sdktest.New(t, nvdata.New(), open)}
	const each = 100
	var all sync.WaitGroup
	for i := range each {
		for j, h := range hosts {
			name := fmt.Sprintf("n%d.%d", j, i)
			all.Go(func() { h.Call("set", args{"names": name, name: name}).OK() })
		}
	}
	all.Wait()
	for i := range each {
		for j, h := range hosts {
			name := fmt.Sprintf("n%d.%d", j, i)
			h.Call("get", args{"names": name}).JSON(`[{"name":"` + name + `","value":"` + name + `"}]`)
		}
	}
}

func TestStorageFaults(t *testing.T) {
	for _, c := range []struct {
		get, swap error
		want      string
	}{
		{swap: sdk.ErrConflict, want: "What is stored is being changed by others at the same time; nothing was changed. Try again."},
		{swap: sdk.ErrFull, want: "There is no space left to store this; nothing was changed."},
		{swap: sdk.ErrUnknown, want: "Whether this was stored is not known: look what is stored, and try again."},
		{swap: errors.New("disk on fire"), want: "This cannot be stored now; nothing was changed. Try again later."},
		{get: errors.New("disk on fire"), want: "What is stored cannot be read now; nothing was changed. Try again later."},
	} {
		s := sdktest.NewFaulty()
		s.GetErr, s.SwapErr = c.get, c.swap
		open := sdktest.WithStorage(func(string, string) sdk.Storage { return s })
		h := sdktest.New(t, nvdata.New(), open)
		h.Call("set", args{"names": "a", "a": "1"}).Fails(c.want)
		if c.get != nil {
			h.Call("get", args{"names": "a"}).Fails(c.want)
		}
	}
}

// Any value is returned exactly as it was set.
func FuzzNVData(f *testing.F) {
	f.Add("color", "red")
	f.Add("a b", "x\u0000\u2028</script>")
	f.Add("names", "|")
	f.Fuzz(func(t *testing.T, name, text string) {
		h := sdktest.New(t, nvdata.New())
		set := h.Call("set", args{name: text, "names": name})
		if set.Status == 0 {
			if len(set.Errors) != 1 || !strings.Contains(set.Errors[0], "parameter “") {
				t.Fatalf("errors %q", set.Errors)
			}
			return
		}
		var rows []struct{ Name, Value string }
		h.Call("get", args{"names": name}).Decode(&rows)
		if len(set.Warnings) > 0 { // the name is a list of names, or has blanks around it
			return
		}
		if len(rows) != 1 || rows[0].Value != sent(t, text) {
			t.Fatalf("%q = %q came back as %q", name, text, rows)
		}
	})
}

// sent returns a text after JSON encoding: invalid UTF-8 becomes U+FFFD.
func sent(t *testing.T, text string) (s string) {
	raw, err := json.Marshal(text)
	if err == nil {
		err = json.Unmarshal(raw, &s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}
