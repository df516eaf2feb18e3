package reference_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"liveapi.host/host/reference"
	"liveapi.host/protocol"
)

// generator makes manifests that an untrusted module could send, from a seed.
type generator struct{ *rand.Rand }

// hostile are texts with a meaning in Markdown, HTML, JSON, YAML, shells or
// programs.
var hostile = []string{
	"", "plain", "<script>alert(1)</script>", "<!-- ", "-->", "| a | b |", "a|b\\|c", "`code`", "```\nfence\n```", "# heading", "- list", "1. one", "> quote", "---",
	"[x](javascript:1)", "![x](y)", "*a* _b_ **c**", "&lt;b&gt;", "<b", "$ref", "$ref/", "{\"a\":1}", "'; rm -rf / #", "$(id)", "\"", "\\", "%]", "?>", "\x00\x01\x1f\x7f", "\xff\xfe\xed\xa0\x80",
	"\u202eright to left", "\u2028", "\ufffe", "a\r\nb", "\t\tindented", "    indented", "~", "null", "*", "api.filter", "a.b/c~d", "é漢😀", strings.Repeat("long ", 200), "$ref: x", "=", "===", "<https://x>",
}

func (g generator) text() string {
	text := hostile[g.IntN(len(hostile))]
	if g.IntN(3) == 0 {
		text += hostile[g.IntN(len(hostile))]
	}
	if g.IntN(8) == 0 {
		b := make([]byte, g.IntN(12))
		for i := range b {
			b[i] = byte(g.IntN(256))
		}
		text += string(b)
	}
	return text
}

// name returns a name, which is nearly always valid by W16.
func (g generator) name(capital bool) string {
	if g.IntN(12) == 0 {
		return g.text()
	}
	name := fmt.Sprint("f", g.IntN(6))
	if capital {
		name = []string{"README", "Readme", "M", "cP", "M1", "openapi", "Failure", "Denied", "Metadata"}[g.IntN(9)]
	}
	return name
}

func (g generator) field(depth int) protocol.Field {
	f := protocol.Field{
		Name: g.text(), Doc: g.text(), Required: g.IntN(2) == 0, List: g.IntN(3) == 0, Secret: g.IntN(4) == 0,
		Type: []string{"", "null", "string", "number", "flag", "object", "map", "any", "newer", g.text()}[g.IntN(10)],
	}
	if depth > 0 {
		for range g.IntN(4) {
			f.Fields = append(f.Fields, g.field(depth-1))
		}
	}
	return f
}

func (g generator) manifests() (manifests []protocol.Manifest) {
	for range g.IntN(4) {
		m := protocol.Manifest{Module: g.name(true), Doc: g.text(), Version: g.text()}
		for range g.IntN(5) {
			f := protocol.Function{
				Name: g.name(false), Doc: g.text() + "\n" + g.text(), API: protocol.APIVersion(g.IntN(5)),
				NeedsFeature: g.text(), AllowDemo: g.IntN(2) == 0, Returns: g.field(3),
			}
			for range g.IntN(5) {
				f.Params = append(f.Params, g.field(2))
			}
			m.Functions = append(m.Functions, f)
		}
		manifests = append(manifests, m)
	}
	return manifests
}

// data returns a value of a field's type.
func (g generator) data(f protocol.Field) any {
	if f.List {
		list := []any{}
		one := f
		one.List = false
		for range g.IntN(3) {
			list = append(list, g.data(one))
		}
		return list
	}
	switch f.Type {
	case "", protocol.TypeNull:
		return nil
	case protocol.TypeString:
		return g.text()
	case protocol.TypeNumber:
		return g.NormFloat64()
	case protocol.TypeFlag:
		return g.IntN(2)
	case protocol.TypeObject:
		members := make(map[string]any)
		for _, m := range f.Fields {
			switch {
			case bool(m.Required) || g.IntN(3) > 0:
				members[m.Name] = g.data(m)
			case g.IntN(2) > 0:
				members[m.Name] = nil
			}
		}
		return members
	case protocol.TypeMap:
		values := make(map[string]any)
		for range g.IntN(3) {
			if len(f.Fields) > 0 {
				values[g.text()] = g.data(f.Fields[0])
			}
		}
		return values
	}
	return map[string]any{"any": []any{g.text(), 1, nil}}
}

// seeds is how many generated references a test checks.
const seeds = 30

// Any manifest gives a valid document, which accepts the replies that the manifest
// describes.
func TestGeneratedManifestsGiveValidDocuments(t *testing.T) {
	replies := 0
	for seed := range uint64(seeds) {
		g := generator{rand.New(rand.NewPCG(seed, 7))}
		manifests := g.manifests()
		c := openAPI(t, manifests...)
		if t.Failed() {
			t.Fatalf("seed %d: %+v", seed, manifests)
		}
		for path, f := range callable(manifests) {
			if !tidy(f.Returns) {
				continue // two members have the same name
			}
			data, err := json.Marshal(g.data(f.Returns))
			if err != nil {
				t.Fatal(err)
			}
			module, function, _ := strings.Cut(path, "/")
			body := core(t, &protocol.Result{Status: 1, Data: data})
			if why := c.refuses(t, module, function, 200, body); why != "" {
				t.Errorf("seed %d: %s: %s\n%s\n%+v", seed, path, why, body, f.Returns)
			}
			replies++
		}
	}
	if replies < seeds/2 {
		t.Errorf("only %d replies were checked", replies)
	}
}

// callable returns the UAPI functions that the reference must have, by
// module/function.
func callable(manifests []protocol.Manifest) map[string]protocol.Function {
	functions := make(map[string]protocol.Function)
	seen := make(map[string]bool)
	for _, m := range manifests {
		if seen[m.Module] || !protocol.ValidModule(m.Module) {
			continue
		}
		seen[m.Module] = true
		for _, f := range m.Functions {
			if protocol.ValidFunction(f.Name) && (f.API == 0 || f.API == protocol.UAPI) {
				functions[m.Module+"/"+f.Name] = f
			}
		}
	}
	return functions
}

// tidy reports whether all members have different names that New does not change.
func tidy(f protocol.Field) bool {
	names := make(map[string]bool)
	for i, m := range f.Fields {
		clean := strings.Join(strings.Fields(strings.ToValidUTF8(m.Name, "�")), " ")
		if f.Type == protocol.TypeObject && (m.Name == "" || clean != m.Name || names[m.Name] || strings.ContainsAny(m.Name, "\x00\x01\x7f\u202e\u2028\ufffe")) {
			return false
		}
		names[m.Name] = true
		if (f.Type != protocol.TypeMap || i == 0) && !tidy(m) {
			return false
		}
	}
	return true
}

// No text of a manifest becomes markup of a page.
func TestGeneratedManifestsGivePlainPages(t *testing.T) {
	for seed := range uint64(5 * seeds) {
		g := generator{rand.New(rand.NewPCG(seed, 8))}
		manifests := g.manifests()
		files, err := reference.New(manifests).Files()
		if err != nil {
			t.Fatal(err)
		}
		names := make(map[string]bool)
		for _, f := range files {
			if names[strings.ToLower(f.Name)] && f.Name != "Readme-module.md" && f.Name != "README-module.md" {
				t.Fatalf("seed %d: two files have the name %s", seed, f.Name)
			}
			names[strings.ToLower(f.Name)] = true
			if strings.HasSuffix(f.Name, ".md") {
				if err := checkPage(string(f.Text)); err != nil {
					t.Fatalf("seed %d: %s: %v\n%s", seed, f.Name, err, f.Text)
				}
			}
		}
	}
}
