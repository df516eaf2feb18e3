package sdk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"liveapi.host/protocol"
	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

func callOf(function string, args []byte) *protocol.Call {
	return &protocol.Call{
		ID:       1<<32 | 7,
		Account:  "alice",
		Module:   "Test",
		Function: function,
		API:      protocol.UAPI,
		Args:     args,
		Deadline: time.Now().Add(time.Minute),
	}
}

// give returns a module whose function f returns these values.
func give[Out any](out Out, err error) *sdk.Module {
	return of(sdk.Func("f", "Gives.", func(context.Context, *sdk.Call, sdk.None) (Out, error) { return out, err }))
}

type member struct {
	On   bool   `json:"on" doc:"D."`
	Text string `json:"text" doc:"D."`
}

func TestU1U2Data(t *testing.T) {
	for name, c := range map[string]struct {
		module *sdk.Module
		want   string
	}{
		"struct":            {give(member{true, `true "false" \`}, nil), `{"on":1,"text":"true \"false\" \\"}`},
		"pointer":           {give(&member{}, nil), `{"on":0,"text":""}`},
		"nil pointer":       {give[*member](nil, nil), `null`},
		"none":              {give(sdk.None{}, nil), `null`},
		"list":              {give([]member{{On: true}, {}}, nil), `[{"on":1,"text":""},{"on":0,"text":""}]`},
		"empty list":        {give([]member{}, nil), `[]`},
		"nil list":          {give[[]member](nil, nil), `null`},
		"bool":              {give(true, nil), `1`},
		"text":              {give(`a "true" \" false`, nil), `"a \"true\" \\\" false"`},
		"number":            {give(1.5, nil), `1.5`},
		"any":               {give(map[string]any{"a": []any{true, nil, "true", false}, "true": 1}, nil), `{"a":[1,null,"true",0],"true":1}`},
		"raw":               {give(json.RawMessage(`{"a" : true}`), nil), `{"a":1}`},
		"nil map":           {give[map[string]string](nil, nil), `null`},
		"key that ends so":  {give(map[string]bool{`\`: true, `"`: false}, nil), `{"\"":0,"\\":1}`},
		"nested, by itself": {give(map[string]*member{"a": {On: true}, "b": nil}, nil), `{"a":{"on":1,"text":""},"b":null}`},
	} {
		r := sdktest.New(t, c.module).Call("f", nil).OK()
		if r.Text() != c.want {
			t.Errorf("%s: %s, want %s", name, r.Text(), c.want)
		}
	}
}

func TestU2FlagsProperty(t *testing.T) {
	for _, text := range []string{"", "true", `"`, `\`, `\\"`, `\"true`, "é<>&\u2028", "false\x00"} {
		want, err := json.Marshal(map[string]any{text: []any{text, 1, 0, text}})
		if err != nil {
			t.Fatal(err)
		}
		r := sdktest.New(t, give(map[string]any{text: []any{text, true, false, text}}, nil)).Call("f", nil).OK()
		if r.Text() != string(want) {
			t.Errorf("%q: %s, want %s", text, r.Text(), want)
		}
	}
}

func TestU3USection4Errors(t *testing.T) {
	internal := regexp.MustCompile(`^An internal error occurred \(id 00000001-1\)\.$`)
	coded := &sdk.Error{Code: sdk.Failed, Text: "It says no.", Err: errors.New("CAUSE")}
	for name, c := range map[string]struct {
		module    *sdk.Module
		want      string // "" is an internal error
		data, log string
	}{
		"coded":                   {give(member{}, sdk.Errorf(sdk.Failed, "It says %s.", "no")), "It says no.", "null", ""},
		"coded, with a cause":     {give(member{}, error(coded)), "It says no.", "null", "CAUSE"},
		"coded, wrapped":          {give(member{}, fmt.Errorf("WRAPPER: %w", coded)), "It says no.", "null", "WRAPPER"},
		"coded, of every code":    {give(member{}, sdk.Errorf(sdk.Denied, "No.")), "No.", "null", ""},
		"coded, with data":        {give(&member{On: true}, sdk.Errorf(sdk.Failed, "No.")), "No.", `{"on":1,"text":""}`, ""},
		"coded, with a list":      {give([]int{1}, sdk.Errorf(sdk.Failed, "No.")), "No.", `[1]`, ""},
		"coded, with nil":         {give[*member](nil, sdk.Errorf(sdk.Failed, "No.")), "No.", "null", ""},
		"storage's":               {give(member{}, fmt.Errorf("save: %w", sdk.ErrFull)), "no space left to store this", "null", "save"},
		"another":                 {give(member{}, errors.New("DETAIL")), "", "null", "DETAIL"},
		"another, with data":      {give(&member{}, errors.New("DETAIL")), "", "null", "DETAIL"},
		"coded as internal":       {give(member{}, sdk.Errorf(sdk.Internal, "DETAIL")), "", "null", "DETAIL"},
		"coded without a text":    {give(member{}, &sdk.Error{Code: sdk.Failed}), "", "null", "not for callers"},
		"data cannot be encoded":  {give(math.NaN(), nil), "", "null", "NaN"},
		"panic":                   {of(sdk.Func("f", "D.", func(context.Context, *sdk.Call, sdk.None) (int, error) { panic("DETAIL") })), "", "null", "DETAIL"},
		"panic with its stack":    {of(sdk.Func("f", "D.", func(context.Context, *sdk.Call, sdk.None) (int, error) { panic(errors.New("x")) })), "", "null", "server_test.go"},
		"panic while encoding":    {give(map[string]any{"a": exploding{}}, nil), "", "null", "DETAIL"},
		"metadata not encodable":  {of(sdk.Func("f", "D.", badMetadata)), "", "null", "chan"},
		"the end of another call": {give(member{}, context.DeadlineExceeded), "", "null", "deadline"},
	} {
		h := sdktest.New(t, c.module)
		r := h.Call("f", nil)
		if r.Err != nil || r.Status != 0 || len(r.Errors) != 1 || r.Text() != c.data {
			t.Errorf("%s: %v, status %d, errors %q, data %s", name, r.Err, r.Status, r.Errors, r.Text())
			continue
		}
		if c.want == "" && !internal.MatchString(r.Errors[0]) || c.want != "" && r.Errors[0] != c.want {
			t.Errorf("%s: %q, want %q", name, r.Errors[0], c.want)
		}
		log := h.Log()
		if !strings.Contains(log, c.log) || c.log != "" && !strings.Contains(log, "call=00000001-1 function=f module=Test") || c.log == "" && log != "" {
			t.Errorf("%s: the log is %q, want %q under the call's id", name, log, c.log)
		}
	}
}

type exploding struct{}

func (exploding) MarshalJSON() ([]byte, error) { panic("DETAIL") }

func badMetadata(_ context.Context, call *sdk.Call, _ sdk.None) (sdk.None, error) {
	call.Metadata("a", make(chan int))
	return sdk.None{}, nil
}

func TestUSection4UnknownFunctionAndModule(t *testing.T) {
	m := give(1, nil)
	sdktest.New(t, m).Call("test", nil).Fails("The system could not find the function “test” in the module “Test”.")
	server, err := sdk.NewServer(sdk.Options{}, m)
	if err != nil {
		t.Fatal(err)
	}
	c := callOf("f", nil)
	c.Module = "Other"
	r, err := server.Invoke(t.Context(), c)
	if err != nil || r.Status != 0 || !strings.Contains(r.Errors[0], "Can't locate Cpanel/API/Other.pm in @INC") {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestU1TextsAndMetadata(t *testing.T) {
	m := of(sdk.Func("f", "Talks.", func(_ context.Context, call *sdk.Call, _ sdk.None) (string, error) {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				call.Warn("careful, %d%%", 5)
				call.Metadata("on", map[string]any{"x": true})
				call.Log().Info("hello")
			})
		}
		all.Wait()
		call.Message("done")
		return call.Account + " " + call.ID.String(), nil
	}))
	h := sdktest.New(t, m)
	r := h.As("bob").Call("f", nil).JSON(`"bob 00000001-1"`)
	if len(r.Warnings) != 8 || r.Warnings[0] != "careful, 5%" || len(r.Messages) != 1 || string(r.Metadata["on"]) != `{"x":1}` || r.Errors != nil {
		t.Errorf("%+v", r.Result)
	}
	if strings.Count(h.Log(), "hello: call=00000001-1 function=f module=Test") != 8 {
		t.Errorf("log:\n%s", h.Log())
	}
	again := h.Call("f", nil)
	if len(again.Warnings) != 8 || len(r.Warnings) != 8 {
		t.Errorf("one call's warnings are in another: %q", again.Warnings)
	}
}

// The context ends at the call's deadline; when a function returns the context's
// error, the call fails with the code Unknown.
func TestCallDeadline(t *testing.T) {
	m := of(sdk.Func("f", "Waits.", func(ctx context.Context, _ *sdk.Call, _ sdk.None) (sdk.None, error) {
		<-ctx.Done()
		return sdk.None{}, fmt.Errorf("waiting: %w", ctx.Err())
	}))
	server, err := sdk.NewServer(sdk.Options{}, m)
	if err != nil {
		t.Fatal(err)
	}
	c := callOf("f", nil)
	c.Deadline = time.Now().Add(time.Millisecond)
	_, err = server.Invoke(context.Background(), c)
	e, ok := errors.AsType[*sdk.Error](err)
	if !ok || e.Code != sdk.Unknown || !errors.Is(err, context.DeadlineExceeded) || e.Text != "the call ended before the function did" {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err = server.Invoke(ctx, callOf("f", nil)); !errors.Is(err, context.Canceled) || protocol.CodeOf(err) != sdk.Unknown {
		t.Errorf("%v", err)
	}
}

func TestInvokeOtherModule(t *testing.T) {
	other := &sdk.Module{Name: "Other", Doc: "Another.", Functions: []sdk.Function{
		sdk.Func("g", "Does.", func(_ context.Context, call *sdk.Call, in struct {
			A string `json:"a" doc:"A."`
		}) (string, error) {
			return call.Account + in.A, nil
		}),
		sdk.Func("again", "Calls itself.", func(ctx context.Context, call *sdk.Call, _ sdk.None) (string, error) {
			r, err := call.Invoke(ctx, "Other", "again", nil)
			if err != nil {
				return "", err
			}
			return strings.Join(r.Errors, ""), sdk.Errorf(sdk.Failed, "%s", strings.Join(r.Errors, ""))
		}),
	}}
	m := of(sdk.Func("f", "Calls.", func(ctx context.Context, call *sdk.Call, _ sdk.None) (json.RawMessage, error) {
		r, err := call.Invoke(ctx, "Other", "g", map[string]int{"a": 5})
		if err != nil {
			return nil, err
		}
		return r.Data, nil
	}), sdk.Func("deep", "Calls for ever.", func(ctx context.Context, call *sdk.Call, _ sdk.None) (sdk.None, error) {
		r, err := call.Invoke(ctx, "Other", "again", nil)
		if err != nil {
			return sdk.None{}, err
		}
		return sdk.None{}, sdk.Errorf(sdk.Failed, "%s", strings.Join(r.Errors, ""))
	}), sdk.Func("bad", "Sends what cannot be sent.", func(ctx context.Context, call *sdk.Call, _ sdk.None) (sdk.None, error) {
		_, err := call.Invoke(ctx, "Other", "g", make(chan int))
		return sdk.None{}, err
	}))
	h := sdktest.New(t, m, sdktest.WithModules(other), sdktest.WithAccount("bob"))
	h.Call("f", nil).JSON(`"bob5"`)
	h.Call("deep", nil).Fails("calls are nested more than 8 deep")
	if r := h.Call("bad", nil); !strings.HasPrefix(r.Errors[0], "An internal error") {
		t.Errorf("%q", r.Errors)
	}
}

func BenchmarkInvoke(b *testing.B) {
	type in struct {
		Name  string `json:"name" doc:"D." required:"true"`
		Count int    `json:"count" doc:"D."`
	}
	server, err := sdk.NewServer(sdk.Options{}, of(sdk.Func("f", "D.", func(_ context.Context, _ *sdk.Call, in in) (member, error) {
		return member{On: in.Count > 1, Text: in.Name}, nil
	})))
	if err != nil {
		b.Fatal(err)
	}
	c := callOf("f", []byte(`{"name":"somebody","count":"12"}`))
	ctx, cancel := context.WithDeadline(b.Context(), c.Deadline)
	defer cancel()
	b.ReportAllocs()
	for b.Loop() {
		if r, err := server.Invoke(ctx, c); err != nil || r.Status != 1 {
			b.Fatal(r, err)
		}
	}
}
