package sdk_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"text/template"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/sdk"
)

const canary = "CaNaRy-5571"

// All ways to print a Secret, alone and inside other values, exported or not.
func TestS19SecretPrintsRedacted(t *testing.T) {
	type inside struct {
		Exported sdk.Secret
		hidden   sdk.Secret
		list     []sdk.Secret
		pointer  *sdk.Secret
		m        map[string]sdk.Secret
		any      any
	}
	s := sdk.NewSecret(canary)
	in := inside{s, s, []sdk.Secret{s}, &s, map[string]sdk.Secret{"a": s}, s}
	var out bytes.Buffer
	for _, v := range []any{s, &s, in, &in, []any{s}, map[string]any{"s": s}, [1]sdk.Secret{s}, struct{ sdk.Secret }{s}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10s", "%-3v", "%U", "%c", "%o", "%b", "%e", "%w"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		fmt.Fprint(&out, v)
		if b, err := json.Marshal(v); err == nil {
			out.Write(b)
		}
		if err := template.Must(template.New("").Parse("{{.}}{{printf \"%s\" .}}{{js .}}")).Execute(&out, v); err != nil {
			t.Errorf("template: %v", err)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("text", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "v", v)
		for _, asJSON := range []bool{false, true} {
			hclog.New(&hclog.LoggerOptions{Output: &out, JSONFormat: asJSON}).Info("hclog", "v", v, "s", s, "list", []any{v})
		}
		out.WriteString(fmt.Errorf("wrapped: %v", v).Error())
		out.WriteString(errors.Join(fmt.Errorf("%s", v)).Error())
	}
	b, err := xml.Marshal(struct {
		XMLName xml.Name `xml:"a"`
		S       sdk.Secret
		T       sdk.Secret `xml:",attr"`
	}{S: s, T: s})
	if err != nil {
		t.Errorf("xml: %v", err)
	}
	out.Write(b)
	out.WriteString(s.String() + s.GoString())
	for _, c := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprint([]byte(canary)), strings.ToLower(canary)} {
		if bytes.Contains(out.Bytes(), []byte(c)) {
			t.Errorf("%q shows", c)
		}
	}
	if got := fmt.Sprintf("%v %+v %#v %s %q %x", s, s, s, s, s, s); got != strings.TrimSpace(strings.Repeat("[redacted] ", 6)) {
		t.Errorf("prints %s", got)
	}
	if b, err := json.Marshal(in); err != nil || !bytes.Contains(b, []byte(`"[redacted]"`)) {
		t.Errorf("JSON %s, %v", b, err)
	}
}

func TestSecretReveal(t *testing.T) {
	if got := sdk.NewSecret(canary).Reveal(); got != canary {
		t.Errorf("reveals %q", got)
	}
	var zero sdk.Secret
	if zero.Reveal() != "" || !zero.IsZero() || !sdk.NewSecret("").IsZero() || sdk.NewSecret("a").IsZero() {
		t.Error("the zero value is not the empty text")
	}
}

func TestSecretUnmarshalJSON(t *testing.T) {
	for in, want := range map[string]struct {
		text   string
		number bool
	}{`"a\u00e9"`: {"aé", false}, `012`: {"", false}, `12`: {"12", true}, `-1.5e3`: {"-1.5e3", true}, `null`: {"", false}, `""`: {"", false}, `"12"`: {"12", false}} {
		var s sdk.Secret
		err := json.Unmarshal([]byte(in), &s)
		if s.Reveal() != want.text || s.IsNumber() != want.number || (err != nil) != (in == "012") {
			t.Errorf("%s: %q, number %v, %v", in, s.Reveal(), s.IsNumber(), err)
		}
	}
	for _, in := range []string{`{"a":"` + canary + `"}`, `["` + canary + `"]`} {
		var s sdk.Secret
		if err := json.Unmarshal([]byte(in), &s); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", in, err)
		}
	}
}
