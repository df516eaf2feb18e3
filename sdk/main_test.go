package sdk

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
)

func TestMainByHandExplains(t *testing.T) {
	type in struct {
		Name string `json:"name" doc:"Who to greet.\nMore." required:"true"`
	}
	m := &Module{Name: "Hello", Doc: "A first module.\nMore.", Version: "1.0.0", Functions: []Function{
		Func("greet", "Says hello.\nMore.", func(context.Context, *Call, in) (None, error) { return None{}, nil }),
	}}
	var out, problems bytes.Buffer
	if code := byHand(&out, &problems, "hello", []*Module{m}); code != 0 || problems.Len() != 0 {
		t.Errorf("exit status %d, problems %q", code, problems.String())
	}
	for _, want := range []string{"hello is a LiveAPI module", "Hello 1.0.0", "A first module.", "Hello::greet", "Says hello.", "name", "Who to greet. (string, required)", "folder"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "More.") {
		t.Errorf("more than the summaries:\n%s", out.String())
	}

	m.Check = func() error { return errors.New("HELLO_MODE is not set") }
	out.Reset()
	if code := byHand(&out, &problems, "hello", []*Module{m}); code != 1 || out.Len() != 0 || !strings.Contains(problems.String(), "HELLO_MODE is not set") {
		t.Errorf("exit status %d, output %q, problems %q", code, out.String(), problems.String())
	}
	if got := names([]*Module{m, nil, m}); got != "Hello+Hello" {
		t.Errorf("names: %s", got)
	}
}
