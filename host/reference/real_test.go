package reference_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/host/call"
	"liveapi.host/host/caller"
	"liveapi.host/host/caller/catalogue"
	"liveapi.host/host/door/session"
	"liveapi.host/host/reference"
	"liveapi.host/host/store"
	"liveapi.host/host/store/keys"
	"liveapi.host/host/store/sqlite"
	"liveapi.host/host/supervise"
	"liveapi.host/protocol"
	"liveapi.host/protocol/modulerpc"
)

// accounts is a source with one account, alice, which has one of everything.
type accounts struct{}

func (accounts) Account(_ context.Context, name string) (*protocol.Account, error) {
	if name != "alice" {
		return nil, protocol.ErrNotFound
	}
	return &protocol.Account{
		Name: name, UID: os.Getuid(), GID: os.Getgid(), Home: "/home/alice", Shell: "/bin/sh",
		Domains: []protocol.Domain{
			{Name: "example.com", Kind: protocol.MainDomain, Root: "/home/alice/public_html"},
			{Name: "blog.example.com", Kind: protocol.SubDomain, Root: "/home/alice/blog", Under: "example.com"},
			{Name: "shop.test", Kind: protocol.AddonDomain, Root: "/home/alice/shop", Under: "shop.example.com"},
			{Name: "parked.test", Kind: protocol.ParkedDomain},
		},
		Plan: "small", IP: "192.0.2.1", Locale: "pt_br", Contact: []string{"alice@example.com"},
	}, nil
}

// realHost starts a host with the built modules of this repository, and returns a
// function that opens a session of an account.
func realHost(t *testing.T, change ...func(*call.Config)) func(account string) *caller.Conn {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "ref") // short: a socket's path has 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	programs, err := filepath.Glob("../../plugins/cmd/*")
	if err != nil || len(programs) == 0 {
		t.Fatal("no plugins", err)
	}
	modules := filepath.Join(dir, "modules")
	if err := os.Mkdir(modules, 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range programs {
		programs[i] = "./" + strings.TrimPrefix(programs[i], "../../")
	}
	build := exec.Command("go", append([]string{"build", "-trimpath", "-ldflags", "-s -w", "-o", modules + "/"}, programs...)...)
	build.Dir, build.Env = "../..", append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	engine, err := sqlite.Open(t.Context(), filepath.Join(dir, "db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	table := call.NewTable(hclog.NewNullLogger())
	cfg := call.Config{
		Accounts: accounts{}, Version: "1", Table: table,
		Source: supervise.New(
			supervise.Config{Folder: modules, Table: table, Start: func(ctx context.Context, path string) (supervise.Child, error) {
				return modulerpc.Start(ctx, modulerpc.Config{Path: path, Env: supervise.Env(), TempDir: dir})
			}},
		),
		Store: store.Sealed(engine, keys.NewRing(filepath.Join(dir, "key"), rand.Reader)), Scope: store.Scope, Whole: store.Whole,
	}
	for _, c := range change {
		c(&cfg)
	}
	h, err := call.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	door := &session.Door{Host: h}
	return func(account string) *caller.Conn {
		ours, theirs := net.Pipe()
		go door.Serve(t.Context(), theirs, call.Caller{Account: account})
		conn := caller.NewConn(ours)
		t.Cleanup(func() { conn.Close() })
		return conn
	}
}

// arguments are valid arguments for functions with parameters.
func arguments(function string) json.RawMessage {
	return map[string]json.RawMessage{
		"Batch/strict":                              json.RawMessage(`{"command-0":"[\"LiveAPI\",\"version\"]","command-1":["TwoFactorAuth","get_user_configuration",{}]}`),
		"DomainInfo/domains_data":                   json.RawMessage(`{"format":"hash"}`),
		"DomainInfo/single_domain_data":             json.RawMessage(`{"domain":"blog.example.com"}`),
		"Features/has_feature":                      json.RawMessage(`{"name":"fileman"}`),
		"Features/get_feature_metadata":             json.RawMessage(`{"name":"fileman"}`),
		"Variables/get_user_information":            json.RawMessage(`{"name":"domain","name-1":"uid"}`),
		"Variables/get_session_information":         json.RawMessage(`{}`),
		"Chrome/get_dom":                            json.RawMessage(`{"page_title":"A page"}`),
		"NVData/get":                                json.RawMessage(`{"names":"color"}`),
		"NVData/set":                                json.RawMessage(`{"names":"color","color":"blue"}`),
		"Personalization/get":                       json.RawMessage(`{"personalization":["color"]}`),
		"Personalization/set":                       json.RawMessage(`{"personalization":{"color":"blue"}}`),
		"Themes/update":                             json.RawMessage(`{"theme":"jupiter"}`),
		"TwoFactorAuth/set_user_configuration":      json.RawMessage(`{"secret":"JBSWY3DPEHPK3PXP","tfa_token":"000000"}`),
		"TwoFactorAuth/validate_token":              json.RawMessage(`{"tfa_token":"000000"}`),
		"TwoFactorAuth/get_qr_code":                 json.RawMessage(`{"secret":"JBSWY3DPEHPK3PXP"}`),
		"TwoFactorAuth/get_team_user_configuration": json.RawMessage(`{"team_user":"ann"}`),
	}[function]
}

// The real results of the modules of this repository conform to the reference, and
// have no members that it does not name.
func TestU1RepliesOfTheModulesAreWhatTheReferenceSays(t *testing.T) {
	session := realHost(t)
	conn := session("bob") // an unknown account
	all, warnings, err := catalogue.Fetch(conn)
	if err != nil || warnings != nil {
		t.Fatal(err, warnings)
	}
	text, err := reference.New(all).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	newContract(t, text)
	c := newContract(t, closed(t, text))
	ok := 0
	call := func(module, function string, args json.RawMessage) json.RawMessage {
		answer, err := conn.Call(caller.Request{Module: module, Function: function, API: protocol.UAPI, Args: args})
		if err != nil {
			t.Fatal(err)
		}
		var envelope struct{ Result json.RawMessage }
		if err := json.Unmarshal(answer.JSON, &envelope); err != nil {
			t.Fatal(err)
		}
		if why := c.refuses(t, module, function, 200, envelope.Result); why != "" {
			t.Errorf("%s::%s returns %s\n%s", module, function, envelope.Result, why)
		}
		if answer.OK {
			ok++
		} else {
			t.Logf("%s::%s: %s", module, function, answer.Errors)
		}
		return answer.Data
	}
	for _, m := range all.Of(protocol.UAPI) {
		for _, f := range m.Functions {
			call(m.Module, f.Name, arguments(m.Module+"/"+f.Name))
		}
	}
	conn = session("alice")
	functions := 0
	ok = 0
	for _, m := range all.Of(protocol.UAPI) {
		for _, f := range m.Functions {
			functions++
			call(m.Module, f.Name, arguments(m.Module+"/"+f.Name))
		}
	}
	var made struct{ Secret string }
	if err := json.Unmarshal(call("TwoFactorAuth", "generate_user_configuration", nil), &made); err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(made.Secret, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	call("TwoFactorAuth", "set_user_configuration", json.RawMessage(`{"secret":"`+made.Secret+`","tfa_token":"`+code+`"}`))
	call("TwoFactorAuth", "get_user_configuration", nil)
	call("TwoFactorAuth", "generate_recovery_codes", nil)
	call("LiveAPI", "features", json.RawMessage(`{"api.columns_a":"id","api.paginate_size":1,"api.filter_column":"id"}`))
	call("DomainInfo", "domains_data", json.RawMessage(`{"format":"list"}`))
	if ok < functions-1 {
		t.Errorf("of %d functions and 6 more calls only %d succeeded, which is too few for this test: add arguments for the others", functions, ok)
	}
}

// The check of the test above refuses wrong results.
func TestAClosedDocumentRefusesMembersWithoutAName(t *testing.T) {
	text, err := reference.New([]protocol.Manifest{shop()}).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	open, shut := newContract(t, text), newContract(t, closed(t, text))
	for data, named := range map[string]bool{
		`{"name":"hat","maker":{"name":"M"},"sizes":{"S":2}}`: true, `{"color":"red"}`: false, `{"maker":{"town":"T"}}`: false,
	} {
		body := core(t, &protocol.Result{Status: 1, Data: json.RawMessage(data)})
		if why := open.refuses(t, "Shop", "add", 200, body); why != "" {
			t.Errorf("%s: %s", data, why)
		}
		if why := shut.refuses(t, "Shop", "add", 200, body); (why == "") != named {
			t.Errorf("%s, closed: %q", data, why)
		}
	}
}

// closed returns the document with result schemas that refuse members that they do
// not name.
func closed(t *testing.T, text []byte) []byte {
	t.Helper()
	var document map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	var shut func(node any)
	shut = func(node any) {
		switch node := node.(type) {
		case map[string]any:
			if _, has := node["properties"].(map[string]any); has && node["additionalProperties"] == nil {
				node["additionalProperties"] = false
			}
			for _, value := range node {
				shut(value)
			}
		case []any:
			for _, value := range node {
				shut(value)
			}
		}
	}
	for name, schema := range dig[map[string]any](t, document, "components", "schemas") {
		// Metadata stays open: a module may add members that no manifest names.
		if !strings.HasSuffix(name, ".arguments") && name != "Metadata" {
			shut(schema)
		}
	}
	shutText, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return shutText
}
