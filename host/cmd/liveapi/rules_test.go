package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"liveapi.host/host/sys/identity"
)

var updateRules = flag.Bool("update-rules", false, "write the replies of testdata/rules anew")

// ruleCase is one call that shows a rule.
type ruleCase struct {
	Name   string          `json:"-"` // begins with the rule
	Method string          `json:"method"`
	Module string          `json:"module,omitempty"`
	Func   string          `json:"func,omitempty"`
	Text   *string         `json:"text,omitempty"` // the argument of print and similar methods, instead of the others
	Args   json.RawMessage `json:"args,omitempty"`

	reply string // the JSON of the reply
}

// TestRulesInEveryLanguage makes the calls of testdata/rules/*.txtar over a real
// socket, and from real PHP, Perl and Template Toolkit pages. Each response has to be
// the one in the file, byte for byte on the socket. Every U-rule except those of HTTP
// has a case there.
func TestRulesInEveryLanguage(t *testing.T) {
	modules := rulesModules(t)
	for _, file := range []string{"account", "demo"} {
		t.Run(file, func(t *testing.T) {
			archive, cases := readRules(t, filepath.Join("testdata/rules", file+".txtar"))
			p := newPlace(t)
			accountFile(t, p, archive)
			p.env = append(p.env, "LIVEAPI_MODULES="+modules, "LIVEAPI_SOCKET="+p.socket("rules"))
			p.daemon(t, "rules", "--modules", modules)
			c := mustDial(t, p.socket("rules"))
			for i := range cases {
				got := c.rule(t, &cases[i])
				if *updateRules {
					cases[i].reply = got
				}
				if got != cases[i].reply {
					t.Errorf("%s\n got %s\nwant %s", cases[i].Name, got, cases[i].reply)
				}
			}
			if *updateRules {
				writeRules(t, filepath.Join("testdata/rules", file+".txtar"), archive, cases)
			}
			for _, page := range []string{"page.live.php", "page.live.pl"} {
				t.Run(page, func(t *testing.T) { rulesFromPage(t, p, page, cases) })
			}
			t.Run("page.html.tt", func(t *testing.T) { rulesFromTemplate(t, p, cases) })
			t.Run("the example", func(t *testing.T) { domainsExample(t, p) })
		})
	}
}

// rulesModules is a folder with the modules of the tree and the rules' own.
func rulesModules(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(newPlace(t).dir, "modules")
	repo, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	if err := goBuild(repo, folder, "./plugins/cmd/account", "./plugins/cmd/batch"); err != nil {
		t.Fatal(err)
	}
	if err := goBuild(repo, folder, "./host/cmd/liveapi/testdata/rules/module"); err != nil {
		t.Fatal(err)
	}
	return folder
}

// accountFile gives the account that runs the test the data of the archive's account.yaml.
func accountFile(t *testing.T, p place, archive *txtar.Archive) {
	t.Helper()
	folder := filepath.Join(p.dir, "accounts")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		if f.Name == "account.yaml" {
			if err := os.WriteFile(filepath.Join(folder, identity.Own()+".yaml"), f.Data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(p.dir, "liveapi.yaml"), []byte("accounts: "+folder+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func readRules(t *testing.T, file string) (*txtar.Archive, []ruleCase) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases []ruleCase
	for _, f := range archive.Files {
		name, isCase := strings.CutSuffix(f.Name, ".case")
		switch {
		case isCase:
			c := ruleCase{Name: name}
			d := json.NewDecoder(bytes.NewReader(f.Data))
			d.DisallowUnknownFields()
			if err := d.Decode(&c); err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			cases = append(cases, c)
		case strings.HasSuffix(f.Name, ".reply") && len(cases) > 0:
			cases[len(cases)-1].reply = strings.TrimSuffix(string(f.Data), "\n")
		}
	}
	if len(cases) == 0 {
		t.Fatal("no cases in " + file)
	}
	return archive, cases
}

func writeRules(t *testing.T, file string, archive *txtar.Archive, cases []ruleCase) {
	t.Helper()
	next := &txtar.Archive{Comment: archive.Comment}
	for _, f := range archive.Files {
		if name, isCase := strings.CutSuffix(f.Name, ".case"); isCase {
			next.Files = append(next.Files, f, txtar.File{Name: name + ".reply", Data: []byte(cases[0].reply + "\n")})
			cases = cases[1:]
		} else if !strings.HasSuffix(f.Name, ".reply") {
			next.Files = append(next.Files, f)
		}
	}
	if err := os.WriteFile(file, txtar.Format(next), 0o644); err != nil {
		t.Fatal(err)
	}
}

var callID = regexp.MustCompile(`\(id [0-9a-f]{8}-[0-9a-f]+\)`)

// rule makes one call over the socket, as the callers' libraries would.
func (c *rawCaller) rule(t *testing.T, r *ruleCase) string {
	t.Helper()
	versions := map[string]string{
		"uapi":            "uapi",
		"api2":            "2",
		"api1":            "1",
		"cpanelprint":     "1",
		"cpanellangprint": "1",
		"cpanelif":        "1",
		"cpanelfeature":   "",
	}
	own := map[string]string{"cpanelprint": "print", "cpanellangprint": "langprint", "cpanelif": "if", "cpanelfeature": "feature"}[r.Method]
	request := map[string]any{"module": r.Module, "func": r.Func, "reqtype": "exec", "apiversion": versions[r.Method]}
	if r.Args != nil {
		request["args"] = r.Args
	}
	if own != "" {
		request["module"], request["func"], request["args"] = own, "", r.Text
	}
	if own == "if" || own == "feature" {
		request["reqtype"], request["func"] = own, own
	}
	text, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.send("<cpanelaction>" + string(text) + "</cpanelaction>"); err != nil {
		t.Fatal(err)
	}
	body, err := c.receive()
	if err != nil {
		t.Fatalf("%s: %v", r.Name, err)
	}
	return callID.ReplaceAllString(string(body), "(id ID)")
}

// rulesFromPage runs a page that makes every call and prints the results.
func rulesFromPage(t *testing.T, p place, page string, cases []ruleCase) {
	folder := t.TempDir()
	text, err := os.ReadFile(filepath.Join("testdata/rules", page))
	if err != nil {
		t.Fatal(err)
	}
	list, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{page: text, "cases.json": list} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lines := strings.Split(strings.TrimSuffix(p.run(t, filepath.Join(folder, page)), "\n"), "\n")
	if len(lines) != len(cases) {
		t.Fatalf("%d answers to %d calls:\n%s", len(lines), len(cases), strings.Join(lines, "\n"))
	}
	for i, c := range cases {
		got := readJSON(t, callID.ReplaceAllString(lines[i], "(id ID)"))
		if want := c.returned(t); !reflect.DeepEqual(got, want) {
			t.Errorf("%s\n got %v\nwant %v", c.Name, got, want)
		}
	}
}

// run runs a page and returns what it has printed.
func (p place) run(t *testing.T, page string) string {
	t.Helper()
	cmd := exec.Command(at("bin/liveapi"), "run", page)
	cmd.Env = p.env
	var problems bytes.Buffer
	cmd.Stderr = &problems
	output, err := cmd.Output()
	if err != nil || problems.Len() > 0 {
		t.Fatalf("%v\n%s", err, problems.Bytes())
	}
	return string(output)
}

// returned is what a library's method returns for the response: all of it with one
// cpanelresult around it (W9), or for print and similar methods its content.
func (c *ruleCase) returned(t *testing.T) any {
	reply, ok := readJSON(t, c.reply).(map[string]any)
	if !ok {
		t.Fatalf("%s: the response is not an object", c.Name)
	}
	inner := reply
	if wrapped, ok := reply["cpanelresult"].(map[string]any); ok {
		inner = wrapped
	} else {
		reply = map[string]any{"cpanelresult": reply}
	}
	if c.Text == nil {
		return reply
	}
	return inner["data"].(map[string]any)["result"]
}

// readJSON decodes a value as PHP would: an empty object becomes an empty list, and
// numbers are compared by value.
func readJSON(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return phpValue(v)
}

func phpValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 0 {
			return []any{}
		}
		for name := range v {
			v[name] = phpValue(v[name])
		}
	case []any:
		for i := range v {
			v[i] = phpValue(v[i])
		}
	}
	return v
}

// rulesFromTemplate makes the calls from a template (U §11). It gets the core of a
// UAPI result, the data of API 2 and the text of API 1, and prints their content.
func rulesFromTemplate(t *testing.T, p place, cases []ruleCase) {
	var page, want strings.Builder
	page.WriteString("[% USE Api1; USE Api2 -%]\n[% CPANEL.CPDATA.DNS %]\n")
	want.WriteString("example.com\n")
	for _, c := range cases {
		fmt.Fprintf(&page, "%s: ", c.Name)
		fmt.Fprintf(&want, "%s: ", c.Name)
		inner, _ := c.returned(t).(map[string]any)
		reply, _ := inner["cpanelresult"].(map[string]any)
		switch c.Method {
		case "uapi":
			fmt.Fprintf(&page, "[%% r = execute('%s', '%s', %s) -%%]", c.Module, c.Func, templateValue(t, c.Args))
			page.WriteString("[% r.status %]|[% r.errors.join('/') %]|[% r.warnings.join('/') %]")
			core := reply["result"].(map[string]any)
			fmt.Fprintf(&want, "%v|%s|%s", core["status"], joined(core["errors"]), joined(core["warnings"]))
		case "api2":
			fmt.Fprintf(&page, "[%% FOREACH row IN Api2.exec('%s', '%s', %s) %%][%% row.domain %%][%% row.reason %%];[%% END %%]", c.Module, c.Func, templateValue(t, c.Args))
			for _, row := range reply["data"].([]any) {
				fmt.Fprintf(&want, "%s%s;", text(row.(map[string]any)["domain"]), text(row.(map[string]any)["reason"]))
			}
		case "api1":
			fmt.Fprintf(&page, "[%% Api1.exec('%s', '%s', %s) %%]", c.Module, c.Func, templateValue(t, c.Args))
			want.WriteString(text(reply["data"].(map[string]any)["result"]))
		case "cpanelfeature":
			fmt.Fprintf(&page, "[%% CPANEL.feature('%s') %%]", *c.Text)
			fmt.Fprint(&want, c.returned(t))
		}
		page.WriteString("\n")
		want.WriteString("\n")
	}
	file := filepath.Join(t.TempDir(), "page.html.tt")
	if err := os.WriteFile(file, []byte(page.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := callID.ReplaceAllString(p.run(t, file), "(id ID)"); got != want.String() {
		t.Errorf("got\n%s\nwant\n%s", got, want.String())
	}
}

// domainsExample: header(), footer() and a table that the host has sorted (U §10).
func domainsExample(t *testing.T, p place) {
	page := p.run(t, at("examples/domains.live.php"))
	last := -1
	for _, part := range []string{"<!DOCTYPE html>", "<title>Domains", "</head>", "<h1>Domains</h1>", "<td>example.com</td><td>main_domain</td>", "</table>", "</html>"} {
		at := strings.Index(page, part)
		if at <= last {
			t.Errorf("%s is missing, or in the wrong place:\n%s", part, page)
		}
		last = at
	}
}

// text is a value that may be absent.
func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func joined(list any) string {
	texts, _ := list.([]any)
	var all []string
	for _, text := range texts {
		all = append(all, fmt.Sprint(text))
	}
	return strings.Join(all, "/")
}

// templateValue writes JSON as a value of Template Toolkit.
func templateValue(t *testing.T, raw json.RawMessage) string {
	if len(raw) == 0 {
		return "{}"
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return templateText(v)
}

func templateText(v any) string {
	var parts []string
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			parts = append(parts, templateText(name)+" => "+templateText(member))
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	case []any:
		for _, member := range v {
			parts = append(parts, templateText(member))
		}
		return "[ " + strings.Join(parts, ", ") + " ]"
	case string:
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(v) + "'"
	case bool:
		if v {
			return "1"
		}
		return "0"
	case nil:
		return "undefined_here"
	}
	return fmt.Sprint(v)
}
