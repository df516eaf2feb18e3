package reference_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"liveapi.host/host/reference"
	"liveapi.host/protocol"
)

func TestOpenAPIIsValid(t *testing.T) {
	c := openAPI(t, shop())
	if got := c.document["openapi"]; got != "3.1.0" {
		t.Errorf("openapi is %v", got)
	}
	openAPI(t) // without modules, too
}

// The validator must refuse an invalid document; otherwise the other tests prove
// nothing.
func TestAnInvalidDocumentIsSeen(t *testing.T) {
	text, err := reference.New([]protocol.Manifest{shop()}).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	broken := bytes.Replace(text, []byte(`"in": "query"`), []byte(`"in": "nowhere"`), 1)
	if bytes.Equal(broken, text) {
		t.Fatal("the document is not broken")
	}
	if _, err := readOpenAPI(broken); err == nil {
		t.Error("a parameter with an invalid place is accepted")
	}
}

func TestOpenAPIExamplesAreWhatTheSchemasSay(t *testing.T) {
	c := openAPI(t, shop())
	for name, entry := range dig[map[string]any](t, c.document, "components", "responses") {
		media := dig[map[string]any](t, entry, "content", "application/json")
		at := documentURL + "#/components/responses/" + name + "/content/application~1json/schema"
		schema, err := c.schemas.Compile(at)
		if err != nil {
			t.Fatal(err)
		}
		for which, e := range dig[map[string]any](t, media, "examples") {
			value, ok := e.(map[string]any)["value"]
			if !ok {
				value = dig[any](t, c.document, "components", "examples", "internal", "value")
			}
			if err := schema.Validate(value); err != nil {
				t.Errorf("the example %s of %s: %v", which, name, err)
			}
		}
	}
}

// dig returns the value at a path of names in decoded JSON.
func dig[T any](t testing.TB, node any, path ...string) T {
	t.Helper()
	for i, name := range path {
		members, ok := node.(map[string]any)
		if node = members[name]; !ok || node == nil {
			t.Fatalf("there is no %s", strings.Join(path[:i+1], "/"))
		}
	}
	value, ok := node.(T)
	if !ok {
		t.Fatalf("%s is a %T", strings.Join(path, "/"), node)
	}
	return value
}

func TestOpenAPIOperations(t *testing.T) {
	c := openAPI(t, shop())
	paths := dig[map[string]any](t, c.document, "paths")
	var names []string
	ids := make(map[string]bool)
	for path, item := range paths {
		names = append(names, path)
		for _, method := range []string{"get", "post"} {
			id := dig[string](t, item, method, "operationId")
			if ids[id] {
				t.Errorf("two operations have the id %s", id)
			}
			ids[id] = true
		}
	}
	slices.Sort(names)
	if want := []string{"/Shop/add", "/Shop/list", "/Shop/prices", "/Shop/tag"}; !slices.Equal(
		names,
		want,
	) { // no functions of API 2 and API 1
		t.Errorf("the paths are %q, want %q", names, want)
	}
	add := paths["/Shop/add"]
	if feature := dig[string](t, add, "post", "x-needs-feature"); feature != "shop" {
		t.Errorf("x-needs-feature is %q", feature)
	}
	if dig[bool](t, add, "post", "x-allow-demo") || !dig[bool](t, paths["/Shop/list"], "get", "x-allow-demo") {
		t.Error("x-allow-demo differs from the manifest")
	}
	content := dig[map[string]any](t, add, "post", "requestBody", "content")
	for _, media := range []string{"application/json", "application/x-www-form-urlencoded", "multipart/form-data"} {
		if content[media] == nil {
			t.Errorf("a POST cannot be %s (U §6)", media)
		}
	}
	parameters := dig[[]any](t, add, "get", "parameters")
	dig[map[string]any](t, parameters[len(parameters)-1], "content", "application/json") // extra has nested values
	// The validator uses the first of repeated values if the schema wants only one.
	if tag := parameters[4]; dig[string](t, tag, "name") != "tag" || dig[string](t, tag, "schema", "type") != "array" ||
		dig[string](t, tag, "schema", "items", "type") != "string" {
		t.Errorf("the parameter that may be repeated is %v", tag)
	}
	card := dig[map[string]any](t, c.document, "components", "schemas", "Shop.add.arguments", "properties", "card")
	if card["format"] != "password" || card["writeOnly"] != true {
		t.Errorf("the secret is %v", card)
	}
	if _, there := paths["/Shop/add"].(map[string]any)["parameters"]; there {
		t.Error("a function without rows has output modifiers")
	}
	if list := dig[[]any](t, paths["/Shop/list"], "parameters"); len(list) < 12 {
		t.Errorf("the function with rows has the modifiers %v", list)
	}
}

// The same manifests give the same bytes in any order, with the members in a
// readable order.
func TestOpenAPIIsTheSameEachTime(t *testing.T) {
	other := protocol.Manifest{Module: "Another", Doc: "Another."}
	turned := shop()
	slices.Reverse(turned.Functions)
	first, err := reference.New([]protocol.Manifest{shop(), other}).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		again, err := reference.New([]protocol.Manifest{other, turned}).OpenAPI()
		if err != nil || !bytes.Equal(first, again) {
			t.Fatalf("the document changes: %v", err)
		}
	}
	before := -1
	for _, name := range []string{"openapi", "info", "servers", "security", "tags", "paths", "components"} {
		at := bytes.Index(first, []byte("\n  \""+name+"\":"))
		if at < before || at < 0 {
			t.Errorf("%s is at %d, the member that must come before it at %d", name, at, before)
		}
		before = at
	}
	if !json.Valid(first) || bytes.Contains(first, []byte(`\u003c`)) {
		t.Error("the document is not indented JSON")
	}
}

// The libraries that validate documents are not linked into the program.
func TestTheProgramDoesNotLinkTheValidator(t *testing.T) {
	for _, program := range []string{"liveapi.host/host/cmd/liveapi", "liveapi.host/host/cmd/uapi"} {
		out, err := exec.Command("go", "list", "-deps", program).Output()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(out, []byte("\nliveapi.host/protocol/uapi\n")) && !bytes.Contains(out, []byte("\nliveapi.host/host/caller\n")) {
			t.Errorf("the list of %s is not what was expected", program)
		}
		for _, library := range []string{"getkin/kin-openapi", "santhosh-tekuri/jsonschema"} {
			if bytes.Contains(out, []byte(library)) {
				t.Errorf("%s links %s", program, library)
			}
		}
	}
}
