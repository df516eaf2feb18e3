package reference

import "encoding/json"

// The OpenAPI 3.1 objects of the document. Their members are written in the order
// of the fields.

type document struct {
	OpenAPI    string                `json:"openapi"`
	Generator  string                `json:"x-generator"`
	Info       info                  `json:"info"`
	Servers    []server              `json:"servers"`
	Security   []map[string][]string `json:"security"`
	Tags       []tag                 `json:"tags"`
	Paths      ordered[pathItem]     `json:"paths"`
	Components components            `json:"components"`
}

type info struct {
	Title       string `json:"title"`
	Version     string `json:"version"`
	Description string `json:"description"`
}

type server struct {
	URL         string            `json:"url"`
	Description string            `json:"description"`
	Variables   ordered[variable] `json:"variables"`
}

type variable struct {
	Default     string `json:"default"`
	Description string `json:"description"`
}

type tag struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Version     string `json:"x-version,omitempty"`
}

type pathItem struct {
	Parameters []parameter `json:"parameters,omitempty"`
	Get        *operation  `json:"get"`
	Post       *operation  `json:"post"`
}

type parameter struct {
	Ref         string             `json:"$ref,omitempty"`
	Name        string             `json:"name,omitempty"`
	In          string             `json:"in,omitempty"`
	Description string             `json:"description,omitempty"`
	Required    bool               `json:"required,omitempty"`
	Style       string             `json:"style,omitempty"`
	Explode     bool               `json:"explode,omitempty"`
	Schema      *schema            `json:"schema,omitempty"`
	Content     ordered[mediaType] `json:"content,omitempty"`
}

type requestBody struct {
	Required bool               `json:"required,omitempty"`
	Content  ordered[mediaType] `json:"content"`
}

type mediaType struct {
	Schema   *schema           `json:"schema,omitempty"`
	Examples ordered[example]  `json:"examples,omitempty"`
	Encoding ordered[encoding] `json:"encoding,omitempty"`
}

type encoding struct {
	ContentType string `json:"contentType"`
}

type example struct {
	Ref     string          `json:"$ref,omitempty"`
	Summary string          `json:"summary,omitempty"`
	Value   json.RawMessage `json:"value,omitempty"`
}

type response struct {
	Ref         string             `json:"$ref,omitempty"`
	Description string             `json:"description,omitempty"`
	Content     ordered[mediaType] `json:"content,omitempty"`
}

type components struct {
	Schemas         ordered[*schema]        `json:"schemas"`
	Responses       ordered[response]       `json:"responses"`
	Parameters      ordered[parameter]      `json:"parameters"`
	Examples        ordered[example]        `json:"examples"`
	SecuritySchemes ordered[securityScheme] `json:"securitySchemes"`
}

type securityScheme struct {
	Type        string `json:"type"`
	Description string `json:"description"`
	Name        string `json:"name,omitempty"`
	In          string `json:"in,omitempty"`
	Scheme      string `json:"scheme,omitempty"`
}

// schema is a JSON Schema of 2020-12; the zero value allows every value.
type schema struct {
	Ref                  string           `json:"$ref,omitempty"`
	Type                 types            `json:"type,omitempty"`
	Description          string           `json:"description,omitempty"`
	Const                raw              `json:"const,omitempty"`
	Enum                 raw              `json:"enum,omitempty"`
	Default              raw              `json:"default,omitempty"`
	Minimum              raw              `json:"minimum,omitempty"`
	Format               string           `json:"format,omitempty"`
	ContentMediaType     string           `json:"contentMediaType,omitempty"`
	WriteOnly            bool             `json:"writeOnly,omitempty"`
	Secret               bool             `json:"x-secret,omitempty"`
	MinItems             int              `json:"minItems,omitempty"`
	Items                *schema          `json:"items,omitempty"`
	Required             []string         `json:"required,omitempty"`
	Properties           ordered[*schema] `json:"properties,omitempty"`
	AdditionalProperties *schema          `json:"additionalProperties,omitempty"`
	OneOf                []*schema        `json:"oneOf,omitempty"`
}

// types are the types that a value may have; a single one is written as a string.
type types []string

// MarshalJSON writes the types.
func (t types) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return encode(t[0])
	}
	return encode([]string(t))
}

// raw is a value in JSON; an empty one is left out.
type raw string

// MarshalJSON writes the value as it is.
func (r raw) MarshalJSON() ([]byte, error) { return []byte(r), nil }
