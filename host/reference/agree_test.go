package reference_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"liveapi.host/host/audit"
	"liveapi.host/host/call"
	"liveapi.host/host/caller"
	"liveapi.host/host/caller/catalogue"
	"liveapi.host/host/reference"
	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// gated is a source of accounts: demo is a demo account, bare has no features, and
// all others may do everything.
type gated struct{}

func (gated) Account(_ context.Context, name string) (*protocol.Account, error) {
	a := &protocol.Account{Name: name, UID: -1, GID: -1, Demo: name == "demo"}
	if name == "bare" {
		a.Features.Only = []string{}
	}
	return a, nil
}

// fixture is a module with a function for each combination of gates; the real
// modules do not have them all.
type fixture struct{}

func (fixture) Describe(context.Context) ([]protocol.Manifest, error) {
	m := protocol.Manifest{Module: "Gates", Doc: "Has a function for each gate.", Version: "1"}
	for _, api := range []protocol.APIVersion{protocol.UAPI, protocol.API2, protocol.WHM1} {
		for _, feature := range []string{"", "telepathy"} {
			for n := range 4 {
				m.Functions = append(m.Functions, protocol.Function{
					Name: fmt.Sprintf("f%d%s", n, feature), Doc: "A function.", API: api, NeedsFeature: feature,
					AllowDemo: n&1 != 0, ReadOnly: n&2 != 0,
				})
			}
		}
	}
	return []protocol.Manifest{m}, nil
}

func (fixture) Invoke(context.Context, *protocol.Call) (*protocol.Result, error) {
	return &protocol.Result{Status: 1}, nil
}

// For every function of every module, the reference and --help describe exactly
// what the host's gates do.
func TestUSection4ReferenceHelpAndGatesAgree(t *testing.T) {
	var data protocol.Storage
	session := realHost(t, func(c *call.Config) {
		c.Accounts, c.Root = gated{}, "root"
		c.Builtin = append(c.Builtin, fixture{})
		data = c.Store
	})
	root, demo, bare, ann := session("root"), session("demo"), session("bare"), session("ann")
	all, warnings, err := catalogue.Fetch(root)
	if err != nil || warnings != nil {
		t.Fatal(err, warnings)
	}
	text, err := reference.New(all).Markdown()
	if err != nil {
		t.Fatal(err)
	}
	pages := functionsOf(t, string(text))
	for _, m := range all {
		for i := range m.Functions {
			f := &m.Functions[i]
			name := fmt.Sprintf("%s::%s of API %d", m.Module, f.Name, f.API)
			page, found := pages[m.Module+"/"+heading(f)]
			var help strings.Builder
			if err := catalogue.Explain(&help, "uapi", m.Module, f); err != nil || !found {
				t.Fatalf("%s: %v, in the reference: %v", name, err, found)
			}
			says := func(what string, is bool, inPage, inHelp string) {
				t.Helper()
				if strings.Contains(page, inPage) != is {
					t.Errorf("%s: %s is %v, and the reference says otherwise", name, what, is)
				}
				if strings.Contains(help.String(), inHelp) != is {
					t.Errorf("%s: %s is %v, and --help says otherwise", name, what, is)
				}
			}
			if f.API == protocol.WHM1 {
				says("that others are refused", strings.Contains(answer(t, ann, m.Module, f), uapi.RootOnly), "For root only.", "For root only.")
				before := acts(t, data)
				answer(t, root, m.Module, f)
				recorded := acts(t, data) > before
				says("that it is recorded", recorded, "Each call is recorded", "Each call is recorded")
				says("that it changes nothing", !recorded, "It changes nothing.", "It changes nothing.")
				continue
			}
			says("that demo accounts are refused", strings.Contains(answer(t, demo, m.Module, f), uapi.DemoMode), "Demo accounts may not call it.", "Not available to demo accounts.")
			feature := f.NeedsFeature
			if feature == "" {
				feature = "telepathy"
			}
			says("that a feature is needed", strings.Contains(answer(t, bare, m.Module, f), uapi.FeatureOff(feature)), "Needs the feature `"+feature+"`.", "needs the feature “"+feature+"”")
		}
	}
}

// answer returns the errors of a call without arguments.
func answer(t *testing.T, conn *caller.Conn, module string, f *protocol.Function) string {
	t.Helper()
	if f.API == protocol.WHM1 {
		module = ""
	}
	answer, err := conn.Call(caller.Request{Module: module, Function: f.Name, API: f.API})
	if err != nil {
		t.Fatalf("%s::%s: %v", module, f.Name, err)
	}
	return strings.Join(answer.Errors, "\n")
}

// acts counts the entries of the audit record.
func acts(t *testing.T, data protocol.Storage) (n int) {
	t.Helper()
	for after := audit.Prefix; ; {
		records, err := data.List(t.Context(), audit.Prefix, after, protocol.MaxList)
		if err != nil {
			t.Fatal(err)
		}
		if n += len(records); len(records) < protocol.MaxList {
			return n
		}
		after = records[len(records)-1].Key
	}
}

// functionsOf splits a reference into the texts of its functions, by module and
// heading.
func functionsOf(t *testing.T, text string) map[string]string {
	t.Helper()
	pages := make(map[string]string)
	module := ""
	for part := range strings.SplitSeq("\n"+text, "\n# ") {
		module, _, _ = strings.Cut(part, "\n")
		for i, function := range strings.Split(part, "\n## ") {
			if title, _, _ := strings.Cut(function, "\n"); i > 0 {
				pages[module+"/"+strings.ReplaceAll(title, `\`, "")] = function
			}
		}
	}
	return pages
}

// heading is a function's heading on its page.
func heading(f *protocol.Function) string {
	switch f.API {
	case protocol.UAPI:
		return f.Name
	case protocol.WHM1:
		return f.Name + ", WHM API 1"
	}
	return fmt.Sprintf("%s, API %d", f.Name, f.API)
}
