package personalization_test

import (
	"errors"
	"strings"
	"testing"

	"liveapi.host/plugins/internal/namedvalues"
	"liveapi.host/plugins/personalization"
	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

func TestMain(m *testing.M) { sdktest.Main(m, personalization.New()) }

type args = sdktest.Args

func TestPersonalization(t *testing.T) {
	for name, start := range map[string]func(testing.TB, *sdk.Module, ...sdktest.Option) *sdktest.Host{"in process": sdktest.New, "pipe": sdktest.Pipe} {
		t.Run(name, func(t *testing.T) {
			h := start(t, personalization.New())
			h.Call("get", nil).JSON(`{"personalization":{}}`)
			const kept = `{"personalization":{"list":{"reason":"OK","success":1,"value":[1,{"a":1}]},"text":{"reason":"OK","success":1,"value":"<b>"}}}`
			h.CallJSON("set", `{"personalization":{"text":"<b>","list":[1,{"a":true}]}}`).JSON(kept)
			h.Call("get", nil).JSON(kept)
			h.CallJSON("get", `{"names":["text","other"]}`).JSON(`{"personalization":{"other":{"reason":"It is not set.","success":0,"value":null},"text":{"reason":"OK","success":1,"value":"<b>"}}}`)
			h.As("bob").Call("get", nil).JSON(`{"personalization":{}}`)
			h.Call("set", args{"personalization": `{"list":null,"n":1.50}`}).JSON(`{"personalization":{"list":{"reason":"OK","success":1,"value":null},"n":{"reason":"OK","success":1,"value":1.5}}}`)
			const after = `{"personalization":{"n":{"reason":"OK","success":1,"value":1.5},"text":{"reason":"OK","success":1,"value":"<b>"}}}`
			h.Call("get", nil).JSON(after) // null has forgotten the list
			for _, names := range []string{`["n","text"]`, `"[\"n\",\"text\"]"`} {
				h.CallJSON("get", `{"names":`+names+`}`).JSON(after)
			}
			if r := h.CallJSON("get", `{"names-0":"text","names-1":"n"}`).JSON(after); !strings.Contains(r.Text(), "1.50") {
				t.Errorf("a number was changed: %s", r.Text())
			}
		})
	}
}

func TestPersonalizationRefuses(t *testing.T) {
	h := sdktest.New(t, personalization.New())
	const form, none = "The parameter “personalization” is not of the right form: a JSON object of names and values is allowed.", "The parameter “personalization” is empty: a JSON object of names and values is allowed."
	const name = "The parameter “personalization” has a member whose name is none: 1 to 128 bytes of text on one line without “|” are allowed for a name."
	for sent, want := range map[string]string{
		`[1]`:                   form,
		`"\"a\""`:               form,
		`7`:                     form,
		`"{\"a\":1,\"a\":2}"`:   form,
		`"{\"a\":\"\\ud800\"}"`: form,
		`"` + nested(40) + `"`:  form,
		`{}`:                    none,
		`[]`:                    none,
		`"null"`:                none,
		`"{"`:                   "The parameter “personalization” is not JSON: a JSON object of names and values is allowed.",
		`null`:                  "The parameter “personalization” is required.",
		`""`:                    "The parameter “personalization” is required.",
		`{"":1}`:                name,
		`{"ok":1,"a|b":1}`:      name,
		`{"a\nb":1}`:            name,
		`{"a":"` + strings.Repeat("x", namedvalues.MaxValue) + `"}`: "The parameter “a” has a value of 65538 bytes as JSON: at most 65536 are allowed.",
	} {
		h.CallJSON("set", `{"personalization":`+sent+`}`).Fails(want)
	}
	h.CallJSON("get", `{"names":["a","b\u0000"]}`).Fails("The parameter “names” (entry 2) is no name: 1 to 128 bytes of text on one line without “|” are allowed for a name.")
	h.CallJSON("get", `{"names":["a"`+strings.Repeat(`,"a"`, namedvalues.MaxNames)+`]}`).Fails("The parameter “names” has 501 names: at most 500 are allowed.")
	h.Call("get", nil).JSON(`{"personalization":{}}`)
}

func nested(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }

// A record that another version wrote is not overwritten.
func TestDamagedRecord(t *testing.T) {
	for _, record := range []string{"", "{", `{"schema":2,"values":{}}`, `{"schema":1,"values":[]}`} {
		h := sdktest.New(t, personalization.New())
		if _, err := h.Storage().Swap(t.Context(), "values", 0, []byte(record)); err != nil {
			t.Fatal(err)
		}
		const want = "What is stored cannot be read; nothing was changed. Ask the administrator to look into the log."
		h.Call("get", nil).Fails(want)
		h.Call("set", args{"personalization": `{"a":1}`}).Fails(want)
		if r, err := h.Storage().Get(t.Context(), "values"); err != nil || string(r.Value) != record {
			t.Errorf("the record is now %q, %v", r.Value, err)
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
		h := sdktest.New(t, personalization.New(), open)
		h.Call("set", args{"personalization": `{"a":1}`}).Fails(c.want)
		if c.get != nil {
			h.Call("get", nil).Fails(c.want)
		}
	}
}
