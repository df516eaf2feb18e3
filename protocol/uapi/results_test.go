package uapi_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// The golden results: one file for each case, with the result and its form at each
// door. Doors of other packages have sections of their own in the files.

type golden struct {
	Module, Function, API      string
	Status                     int
	Data                       json.RawMessage
	Errors, Messages, Warnings []string
	Metadata                   map[string]json.RawMessage
}

func (g *golden) result() *protocol.Result {
	return &protocol.Result{
		Status:   g.Status,
		Data:     g.Data,
		Errors:   g.Errors,
		Messages: g.Messages,
		Warnings: g.Warnings,
		Metadata: g.Metadata,
	}
}

// doors are the envelopes of this package, by the names of their sections.
var doors = map[string]func(g *golden) ([]byte, error){
	"core": func(g *golden) ([]byte, error) { return uapi.AppendCore(nil, g.result()) },
	"uapi": func(g *golden) ([]byte, error) {
		return inEnvelope(nil, protocol.UAPI, g.Module, g.Function, g.result())
	},
	"api2": func(g *golden) ([]byte, error) {
		return inEnvelope(nil, protocol.API2, g.Module, g.Function, g.result())
	},
	"api1": func(g *golden) ([]byte, error) {
		return inEnvelope(nil, protocol.API1, g.Module, g.Function, g.result())
	},
	"condition": func(g *golden) ([]byte, error) {
		if g.Status == 0 {
			return uapi.AppendConditionError(nil, g.Module, g.Errors[0]), nil
		}
		return uapi.AppendCondition(nil, g.Module, string(g.Data) == `{"result":1}`), nil
	},
}

type goldenCase struct {
	golden
	path    string
	archive *txtar.Archive
}

// section returns a section without the line break at its end.
func (c *goldenCase) section(name string) (string, bool) {
	for _, f := range c.archive.Files {
		if f.Name == name {
			return strings.TrimSuffix(string(f.Data), "\n"), true
		}
	}
	return "", false
}

func goldenCases(t *testing.T) map[string]*goldenCase {
	t.Helper()
	paths, err := filepath.Glob("../testdata/results/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden results: %v", err)
	}
	cases := map[string]*goldenCase{}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c := &goldenCase{path: path, archive: archive}
		input, _ := c.section("result.json")
		d := json.NewDecoder(strings.NewReader(input))
		d.DisallowUnknownFields()
		if err := d.Decode(&c.golden); err != nil || c.Module == "" {
			t.Fatalf("%s: result.json: %v", path, err)
		}
		cases[strings.TrimSuffix(filepath.Base(path), ".txtar")] = c
	}
	return cases
}

func TestU5GoldenResults(t *testing.T) {
	for name, c := range goldenCases(t) {
		t.Run(name, func(t *testing.T) {
			if !regexp.MustCompile(`\bU ?§?\d`).Match(c.archive.Comment) {
				t.Error("the comment cites no rule")
			}
			if door := map[string]string{"uapi": "uapi", "api2": "api2", "api1": "api1", "condition": "condition"}[c.API]; door == "" {
				t.Errorf("api is %q", c.API)
			} else if _, ok := c.section(door); !ok {
				t.Errorf("there is no section %s", door)
			}
			for i, f := range c.archive.Files {
				door, ok := doors[f.Name]
				if !ok {
					continue
				}
				got, err := door(&c.golden)
				if err != nil || !json.Valid(got) {
					t.Fatalf("%s: %s, %v", f.Name, got, err)
				}
				got = append(got, '\n')
				if *update {
					c.archive.Files[i].Data = got
				} else if !bytes.Equal(got, f.Data) {
					t.Errorf("%s\n got %swant %s", f.Name, got, f.Data)
				}
			}
			if *update {
				if err := os.WriteFile(c.path, txtar.Format(c.archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// Every text of U §4 has a case with the text that callers receive.
func TestUSection4EveryTextHasACase(t *testing.T) {
	cases := goldenCases(t)
	const id = protocol.CallID(0x9f3a04c1_0000002a)
	for name, want := range map[string]string{
		"unknown_module":    uapi.UnknownModule("Mailman"),
		"unknown_function":  uapi.UnknownFunction("test", "Email"),
		"feature_off":       uapi.FeatureOff("popaccts"),
		"code_rejected":     "Failed to set user configuration: The security code is invalid.", // the module TwoFactorAuth's
		"code_rejected_whm": "The security code is invalid.",
		"missing_argument":  uapi.MissingArgument("domain"),
		"bad_argument":      uapi.BadArgument("quota", "is “lots”", "whole numbers are allowed"),
		"demo_mode":         uapi.DemoMode,
		"module_down":       uapi.NoResult("Email", "add_pop", "the module process could not be started", false, id),
		"too_slow":          uapi.NoResult("Email", "add_pop", "the function took longer than 30 s", true, id),
		"overloaded":        uapi.NoResult("Email", "add_pop", "the module has too many calls at once", false, id),
		"internal_error":    uapi.Internal(id),
	} {
		c := cases[name]
		if c == nil {
			t.Errorf("no case has the text %q", want)
			continue
		}
		if c.Status != 0 || !slices.Equal(c.Errors, []string{want}) {
			t.Errorf("%s has %q, want %q", name, c.Errors, want)
		}
		for _, door := range []string{"core", "uapi", "api2", "api1"} {
			if reply, _ := c.section(door); !strings.Contains(reply, want) {
				t.Errorf("%s lacks the text in %s", name, door)
			}
		}
	}
	_, err := uapi.DecodeModifiers(protocol.UAPI, query(t, "api.sort_column=email&api.sort_method=alpha"))
	if c := cases["bad_modifier"]; c == nil || err == nil || !slices.Equal(c.Errors, []string{err.Error()}) {
		t.Errorf("bad_modifier has not the text %v", err)
	}
	if c := cases["not_rows"]; c == nil || !slices.Equal(c.Warnings, []string{uapi.NotRows}) {
		t.Error("not_rows has not the text of NotRows")
	}
}

// The recorded shapes (U §13) match byte for byte; in them s stands for any text, and …
// for more of the same.
func TestUSection13RecordedShapes(t *testing.T) {
	cases := goldenCases(t)
	for _, c := range []struct{ name, door, recorded string }{
		{"unknown_function", "core", `^{"data":null,"errors":["The system could not find the function “test” in the module “Email”."],"messages":null,"metadata":{},"status":0,"warnings":null}$`},
		{"mailboxes", "core", `"data":[{"email":s,"login":s,"suspended_incoming":0,"suspended_login":0},…],`},
		{"mailboxes", "core", `,"metadata":{"transformed":1},`},
		{"api2_soft_failure", "api2", `^{"cpanelresult":{"apiversion":2,"data":[{"reason":s,"result":0}],"event":{"result":1},"func":s,"module":s}}$`},
		{"failure_with_data", "core", `"status":0,`},
		{"failure_with_data", "core", `"errors":["You must specify at least one file to upload."],`},
		{"failure_with_data", "core", `"data":{"failed":0,"succeeded":0,"uploads":[],"warned":0},`},
	} {
		pattern := strings.NewReplacer(`:s`, `:"[^"]+"`, `,…`, `(,\{[^{}]*\})+`, `\^`, `^`, `\$`, `$`).Replace(regexp.QuoteMeta(c.recorded))
		if cases[c.name] == nil {
			t.Errorf("there is no case %s", c.name)
		} else if reply, _ := cases[c.name].section(c.door); !regexp.MustCompile(pattern).MatchString(reply) {
			t.Errorf("%s of %s is\n%s\nbut was recorded as\n%s", c.door, c.name, reply, c.recorded)
		}
	}
}

// Members of envelopes are sorted by name (U2), for any content.
func TestU2EnvelopesAreSorted(t *testing.T) {
	for name, c := range goldenCases(t) {
		for _, f := range c.archive.Files {
			if doors[f.Name] == nil || name == "object" {
				continue // the object is the module's own
			}
			var decoded any
			d := json.NewDecoder(bytes.NewReader(f.Data))
			d.UseNumber()
			if err := d.Decode(&decoded); err != nil {
				t.Fatal(err)
			}
			var sorted bytes.Buffer
			e := json.NewEncoder(&sorted) // sorts the members of maps
			e.SetEscapeHTML(false)
			if err := e.Encode(decoded); err != nil || sorted.String() != string(f.Data) {
				t.Errorf("%s of %s\n got %swant %s", f.Name, name, f.Data, sorted.String())
			}
		}
	}
}
