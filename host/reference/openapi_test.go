package reference_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/pb33f/jsonschema/v6"
	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"

	"liveapi.host/host/reference"
	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// contract is an OpenAPI document, as programs of others read it.
type contract struct {
	text      []byte
	document  map[string]any
	validator validator.Validator
	schemas   *jsonschema.Compiler
}

const documentURL = "https://example.com/openapi.json"

// newContract reads the document, and fails the test when it is not a valid one of
// OpenAPI 3.1 with schemas of JSON Schema 2020-12.
func newContract(t testing.TB, text []byte) *contract {
	t.Helper()
	doc, err := libopenapi.NewDocument(text)
	if err != nil {
		t.Fatalf("the document cannot be read: %v\n%s", err, text)
	}
	if _, err := doc.BuildV3Model(); err != nil {
		t.Fatalf("the document has no model: %v\n%s", err, text)
	}
	v, errs := validator.NewValidator(doc, config.WithURLEncodedBodyValidation())
	if errs != nil {
		t.Fatal(errs)
	}
	t.Cleanup(v.Release)
	if ok, errs := v.ValidateDocument(); !ok {
		t.Fatalf("the document is not valid: %s\n%s", explain(errs), text)
	}
	c := &contract{text: text, validator: v, schemas: jsonschema.NewCompiler()}
	c.schemas.DefaultDraft(jsonschema.Draft2020)
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c.document = tree.(map[string]any)
	if err := c.schemas.AddResource(documentURL, tree); err != nil {
		t.Fatal(err)
	}
	c.checkSchemas(t, tree, "#")
	return c
}

func explain[E error](errs []E) string {
	var all []string
	for _, e := range errs {
		all = append(all, e.Error())
	}
	return strings.Join(all, "\n")
}

// checkSchemas compiles every schema of the document, which holds it against the
// metaschema.
func (c *contract) checkSchemas(t testing.TB, node any, at string) {
	t.Helper()
	switch node := node.(type) {
	case []any:
		for i, entry := range node {
			c.checkSchemas(t, entry, fmt.Sprint(at, "/", i))
		}
	case map[string]any:
		for name, value := range node {
			path := at + "/" + strings.NewReplacer("~", "~0", "/", "~1", "%", "%25").Replace(name)
			switch {
			case name == "examples":
			case name == "schema" && at != "#/components" || at == "#/components/schemas":
				if _, err := c.schemas.Compile(documentURL + path); err != nil {
					t.Errorf("%s is no schema: %v", path, err)
				}
			default:
				c.checkSchemas(t, value, path)
			}
		}
	}
}

// refuses tells what is wrong with a reply to a call by GET; "" when it is as
// the document says.
func (c *contract) refuses(t testing.TB, module, function string, status int, body []byte) string {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, "https://localhost:2083/execute/"+module+"/"+function, nil)
	if err != nil {
		t.Fatal(err)
	}
	ok, errs := c.validator.ValidateHttpResponse(request, &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)), Request: request,
	})
	if ok {
		return ""
	}
	return explain(errs)
}

// core is a result as it travels on /execute/ (U1).
func core(t testing.TB, r *protocol.Result) []byte {
	t.Helper()
	raw, err := uapi.AppendCore(nil, r)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func openAPI(t testing.TB, manifests ...protocol.Manifest) *contract {
	t.Helper()
	text, err := reference.New(manifests).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	return newContract(t, text)
}

func TestOpenAPIIsValid(t *testing.T) {
	c := openAPI(t, shop())
	if got := c.document["openapi"]; got != "3.1.0" {
		t.Errorf("openapi is %v", got)
	}
	openAPI(t) // of nothing, too
}

// A document that would pass whatever it says proves nothing.
func TestAnInvalidDocumentIsSeen(t *testing.T) {
	text, err := reference.New([]protocol.Manifest{shop()}).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	broken := bytes.Replace(text, []byte(`"in": "query"`), []byte(`"in": "nowhere"`), 1)
	doc, err := libopenapi.NewDocument(broken)
	if err != nil {
		return
	}
	v, errs := validator.NewValidator(doc)
	if errs != nil {
		return
	}
	if ok, _ := v.ValidateDocument(); ok {
		t.Error("a parameter that stands nowhere is valid")
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

// dig returns what lies on a path of names in decoded JSON.
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
				t.Errorf("two operations are %s", id)
			}
			ids[id] = true
		}
	}
	slices.Sort(names)
	if want := []string{"/Shop/add", "/Shop/list", "/Shop/prices", "/Shop/tag"}; !slices.Equal(names, want) { // no functions of API 2 and API 1
		t.Errorf("the paths are %q, want %q", names, want)
	}
	add := paths["/Shop/add"]
	if feature := dig[string](t, add, "post", "x-needs-feature"); feature != "shop" {
		t.Errorf("x-needs-feature is %q", feature)
	}
	if dig[bool](t, add, "post", "x-allow-demo") || !dig[bool](t, paths["/Shop/list"], "get", "x-allow-demo") {
		t.Error("x-allow-demo is not as the manifest has it")
	}
	content := dig[map[string]any](t, add, "post", "requestBody", "content")
	for _, media := range []string{"application/json", "application/x-www-form-urlencoded", "multipart/form-data"} {
		if content[media] == nil {
			t.Errorf("a POST cannot be %s (U §6)", media)
		}
	}
	parameters := dig[[]any](t, add, "get", "parameters")
	dig[map[string]any](t, parameters[len(parameters)-1], "content", "application/json") // extra, which is more than a text
	card := dig[map[string]any](t, c.document, "components", "schemas", "Shop.add.arguments", "properties", "card")
	if card["format"] != "password" || card["writeOnly"] != true {
		t.Errorf("the secret is %v", card)
	}
	if _, there := paths["/Shop/add"].(map[string]any)["parameters"]; there {
		t.Error("output modifiers stand at a function without rows")
	}
	if list := dig[[]any](t, paths["/Shop/list"], "parameters"); len(list) < 12 {
		t.Errorf("the function with rows has the modifiers %v", list)
	}
}

// The same manifests give the same bytes, in whatever order they come, with the
// members where readers look for them.
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
			t.Errorf("%s stands at %d, what comes before it at %d", name, at, before)
		}
		before = at
	}
	if !json.Valid(first) || bytes.Contains(first, []byte(`\u003c`)) {
		t.Error("the document is not JSON that people can read")
	}
}

// What validates documents is not in the program.
func TestTheProgramDoesNotLinkTheValidator(t *testing.T) {
	for _, program := range []string{"liveapi.host/host/cmd/liveapi", "liveapi.host/host/cmd/uapi"} {
		out, err := exec.Command("go", "list", "-deps", program).Output()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(out, []byte("\nliveapi.host/protocol/uapi\n")) && !bytes.Contains(out, []byte("\nliveapi.host/host/caller\n")) {
			t.Errorf("the list of %s is not what was expected", program)
		}
		if bytes.Contains(out, []byte("pb33f")) {
			t.Errorf("%s links libopenapi", program)
		}
	}
}
