package host_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/host/redact"
	"liveapi.host/protocol/liveapi"
)

// traced starts a host that writes its frames to a separate log.
func traced(t *testing.T, change ...func(*setup)) (*fixture, *logged) {
	wire := newLogged()
	log := hclog.New(&hclog.LoggerOptions{Name: "liveapi", Level: hclog.Info, Output: wire, JSONFormat: false})
	return serve(t, append(change, func(s *setup) { s.Wire = redact.NewTrace(log) })...), wire
}

// shows returns the trace of one request and its reply, and of the switch to JSON
// that follows.
func shows(t *testing.T, wire *logged, c *caller, payload string) string {
	t.Helper()
	before := len(wire.String())
	c.ask(payload)
	c.alive()
	eventually(t, "both replies are in the trace", func() bool { return strings.Count(wire.String()[before:], "reply:") == 2 })
	return strings.ReplaceAll(wire.String()[before:], `\"`, `"`)
}

// TestTraceShowsFrames: requests and replies, with their account and length.
func TestTraceShowsFrames(t *testing.T) {
	f, wire := traced(t)
	c := f.dial(t)
	payload := uapiCall("echo", `{"domain":"example.com","quota":5,"list":["a","b"]}`)
	got := shows(t, wire, c, payload)
	contains(t, "the trace", got,
		"liveapi.wire: request: account="+me(t), "bytes="+strings.SplitN(frame(payload), "\n", 2)[0],
		`<cpanelaction>{"apiversion":"uapi","args":{"domain":"example.com","list":["a","b"],"quota":5},"func":"echo","module":"Echo","reqtype":"exec"}</cpanelaction>`,
		"liveapi.wire: reply: account="+me(t), `"data":{"domain":"example.com","list":["a","b"],"quota":5}`, `"status":1`)
	contains(t, "the switch to JSON", got, liveapi.EnableTag, `{"data":{"result":"json"}}`)
	if strings.Index(got, "request:") > strings.Index(got, "reply:") {
		t.Errorf("the reply comes before its request:\n%s", got)
	}
	contains(t, "a refused request", shows(t, wire, c, action("")), "(no JSON, not shown)", "(W6)", "(id ")
	contains(t, "a call without a module", shows(t, wire, c, action(`{"module":"None","func":"f","args":{"domain":"x"}}`)), `"args":{"domain":"[redacted]"}`, "Can't locate")
	got = shows(t, wire, c, uapiCall("big", "{}"))
	contains(t, "a reply that was too large", got, "W15")
	if strings.Contains(got, "xxx") {
		t.Error("a reply that was not sent is shown")
	}
	c.ask(liveapi.ShutdownTag)
	wire.await(t, `cpanelxml shutdown`)
}

// TestTraceHidesSecrets: the trace shows a secret at no place of a frame.
func TestTraceHidesSecrets(t *testing.T) {
	f, wire := traced(t)
	secret := func(name string) string { return `{"` + name + `":"` + canary + `"}` }
	payloads := []string{
		uapiCall("echo", `{"a":{"b":[{"new_password":"`+canary+`"}]}}`),
		uapiCall("echo", `{"secret":["`+canary+`"],"token":{"any":"`+canary+`"},"pin":"`+canary+`"}`),
		uapiCall("echo", `{"command":"[\"Email\",\"add_pop\",{\"password\":\"`+canary+`\"}]"}`),
		uapiCall("echo", `{"command-0":"[\"Email\",\"add_pop\",{\"p\\u0061ssword\":\"x\",\"token\":\"`+canary+`\"}]"}`),
		uapiCall("echo", `{"query":"user=a&pass=`+canary+`"}`),
		uapiCall("echo", `{"uri":"otpauth://totp/host:alice?secret=`+canary+`&issuer=host"}`),
		uapiCall("echo", `{"list":["otpauth://totp/host:alice?secret=`+canary+`"]}`),
		uapiCall("paint", secret("colour")), // a secret by the manifest
		uapiCall("paint", `{"colour-0":"`+canary+`","colour-12":"`+canary+`"}`),
		uapiCall("paint", `{"a":{"colour":"`+canary+`"}}`),
		action(`{"module":"Echo","func":"rows","apiversion":2,"args":` + secret("auth_key") + `}`),
		action(`{"module":"Echo","func":"echo","apiversion":3,"unknown":"` + canary + `"}`),
		action(`{"module":"None","func":"f","args":` + secret("colour") + `}`), // without a manifest
		action(`{"module":"Echo","func":"none","args":` + secret("colour") + `}`),
		action(`{"module":"print","func":"","apiversion":"1","args":"` + canary + `"}`),
		action(`{"module":"if","reqtype":"if","func":"if","apiversion":"1","args":"$x==` + canary + `"}`),
		// Invalid requests.
		action(`{"module":"Echo","func":"echo","args":` + secret("a") + `} ` + canary),
		`<cpanelaction>{"args":["` + canary + `"]}`, `{"args":["` + canary + `"]}</cpanelaction>`, `{"args":["` + canary + `"]}`,
		action(canary + `{}`), action(`{}` + canary), action(`"` + canary + `",{}`), action(canary),
		canary, canary + "{}", "{}" + canary, `{"password":"` + canary + `"}`, `<cpanel setvar="pass=` + canary + `{}">`, `<cpanel print="` + canary + `{}">`,
		`<cpanel Echo="text(` + canary + `{})">`,
	}
	for _, name := range []string{"password", "PassWord", "db_pwd", "secret", "tfa_token", "otpauth_str", "api_key", "recovery_codes", "cookie", "session", "private", "pin", "credentials", "p\\u0061ssword"} {
		payloads = append(payloads, uapiCall("echo", secret(name)))
	}
	for _, payload := range payloads {
		c := f.dial(t)
		if got := shows(t, wire, c, payload); strings.Contains(got, canary) {
			t.Errorf("the trace of %s shows\n%s", payload, got)
		} else {
			contains(t, "the trace of "+payload, got, "request:", "reply:")
		}
	}
	// Only the caller gets a quote of bytes that are out of step.
	for _, raw := range []string{canary, "5\nhello" + canary} {
		c := f.dial(t)
		c.send(raw)
		if raw != canary {
			c.reply()
		}
		contains(t, "the reply", c.reply(), canary)
		wire.await(t, "framing error (W4)")
	}
	for name, log := range map[string]*logged{"trace": wire, "log": f.log} {
		if strings.Contains(log.String(), canary) {
			t.Errorf("the secret is in the %s:\n%s", name, log)
		}
	}
}

// TestTraceOfAPI1: the values of a list are all hidden, because they have no names.
func TestTraceOfAPI1(t *testing.T) {
	f, wire := traced(t)
	got := shows(t, wire, f.dial(t), action(`{"module":"Echo","func":"text","apiversion":"1","args":["alice","`+canary+`"]}`))
	request, _, _ := strings.Cut(got, "reply:")
	contains(t, "the request", request, `"args":["[redacted]","[redacted]"]`, `"func":"text"`)
}

// TestTraceKnowsAFirstCall: the trace uses the manifest also for the call that starts
// the module.
func TestTraceKnowsAFirstCall(t *testing.T) {
	f, wire := traced(t, inProcess(t, false))
	got := shows(t, wire, f.dial(t), uapiCall("paint", `{"colour":"`+canary+`","size":"large"}`))
	contains(t, "the trace", got, `"args":{"colour":"[redacted]","size":"large"}`, `"data":{"colour":"[redacted]","size":"large"}`)
	if strings.Contains(got+f.log.String(), canary) {
		t.Errorf("the secret is in the trace:\n%s", got)
	}
}

// TestTraceHidesMisspeltSecrets: if a function has secrets, its undeclared arguments
// are hidden, because one may be a misspelt secret.
func TestTraceHidesMisspeltSecrets(t *testing.T) {
	f, wire := traced(t)
	for _, args := range []string{`{"color":"` + canary + `"}`, `{"colours":{"of":["` + canary + `"]}}`, `{"colour":"x","` + "x" + `":"` + canary + `"}`} {
		request, _, _ := strings.Cut(shows(t, wire, f.dial(t), uapiCall("paint", args)), "reply:")
		contains(t, "the trace of "+args, request, "request:", "[redacted]")
		if strings.Contains(request, canary) {
			t.Errorf("the trace of %s shows\n%s", args, request)
		}
	}
	contains(t, "a modifier", shows(t, wire, f.dial(t), uapiCall("paint", `{"api.columns_0":"domain"}`)), `"api.columns_0":"domain"`)
}
