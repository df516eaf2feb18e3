package reference_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"liveapi.host/host/reference"
	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// contract is an OpenAPI document, as other programs read it.
type contract struct {
	document map[string]any
	router   routers.Router
	schemas  *jsonschema.Compiler
}

const documentURL = "https://example.com/openapi.json"

// readOpenAPI reads an OpenAPI document, and refuses an invalid one.
func readOpenAPI(text []byte) (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, err
	}
	return legacy.NewRouter(doc) // which validates the document first
}

// newContract reads the document, and fails the test unless it is valid OpenAPI 3.1
// with schemas of JSON Schema 2020-12.
func newContract(t testing.TB, text []byte) *contract {
	t.Helper()
	router, err := readOpenAPI(text)
	if err != nil {
		t.Fatalf("the document is not valid: %v\n%s", err, text)
	}
	c := &contract{router: router, schemas: jsonschema.NewCompiler()}
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

// checkSchemas compiles every schema of the document, which validates it against the
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
					t.Errorf("%s is not a schema: %v", path, err)
				}
			default:
				c.checkSchemas(t, value, path)
			}
		}
	}
}

// refusesRequest returns an error unless a request conforms to the document.
func (c *contract) refusesRequest(request *http.Request) error {
	input, err := c.input(request)
	if err != nil {
		return err
	}
	return openapi3filter.ValidateRequest(request.Context(), input)
}

// input is a request with its place in the document.
func (c *contract) input(request *http.Request) (*openapi3filter.RequestValidationInput, error) {
	route, params, err := c.router.FindRoute(request)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", request.Method, request.URL.Path, err)
	}
	return &openapi3filter.RequestValidationInput{
		Request: request, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: hasCredentials, IncludeResponseStatus: true, SkipSettingDefaults: true},
	}, nil
}

// hasCredentials returns an error when a request does not have the credentials of a
// security scheme. It does not check them.
func hasCredentials(_ context.Context, input *openapi3filter.AuthenticationInput) error {
	scheme, request := input.SecurityScheme, input.RequestValidationInput.Request
	there := false
	switch {
	case scheme.Type == "http" && scheme.Scheme == "basic":
		_, _, there = request.BasicAuth()
	case scheme.Type == "apiKey" && scheme.In == "header":
		there = request.Header.Get(scheme.Name) != ""
	case scheme.Type == "apiKey" && scheme.In == "cookie":
		_, err := request.Cookie(scheme.Name)
		there = err == nil
	}
	if !there {
		return errors.New("the request lacks what " + input.SecuritySchemeName + " asks for")
	}
	return nil
}

// refuses returns what is wrong with a reply to a call by GET; "" when it conforms
// to the document.
func (c *contract) refuses(t testing.TB, module, function string, status int, body []byte) string {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, "https://localhost:2083/execute/"+module+"/"+function, nil)
	if err != nil {
		t.Fatal(err)
	}
	input, err := c.input(request)
	if err != nil {
		t.Fatal(err)
	}
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Options: input.Options,
		Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)),
	})
	if err != nil {
		return err.Error()
	}
	return ""
}

// core returns a result as it is sent on /execute/ (U1).
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
