package reference

import (
	"strings"

	"liveapi.host/protocol"
)

const (
	mediaJSON      = "application/json"
	mediaForm      = "application/x-www-form-urlencoded"
	mediaMultipart = "multipart/form-data"

	schemaRef    = "#/components/schemas/"
	parameterRef = "#/components/parameters/"
	responseRef  = "#/components/responses/"
	exampleRef   = "#/components/examples/"
)

// openPath adds the path of a UAPI function, relative to a server's /execute.
func (d *document) openPath(module string, f protocol.Function, modifiers ordered[parameter]) error {
	name := module + "." + f.Name
	d.Components.Schemas.add(name, succeededSchema(f))
	ok, err := okResponse(module, f)
	if err != nil {
		return err
	}
	d.Components.Responses.add(name, ok)
	get, post := newOperation(module, f), newOperation(module, f)
	get.OperationID, post.OperationID = "get_"+module+"_"+f.Name, "post_"+module+"_"+f.Name
	for _, p := range f.Params {
		get.Parameters = append(get.Parameters, queryParameter(p))
	}
	if len(f.Params) > 0 {
		d.Components.Schemas.add(name+".arguments", sent(f))
		post.RequestBody = body(f, schemaRef+name+".arguments")
	}
	path := pathItem{Get: get, Post: post}
	if hasRows(f) {
		path.Parameters = modifiersFor(f, modifiers)
	}
	d.Paths.add("/"+module+"/"+f.Name, path)
	return nil
}

// operation is OpenAPI's Operation Object; its x- members are ours.
type operation struct {
	Tags         []string          `json:"tags"`
	Summary      string            `json:"summary,omitempty"`
	Description  string            `json:"description,omitempty"`
	OperationID  string            `json:"operationId"`
	Deprecated   bool              `json:"deprecated,omitempty"`
	Parameters   []parameter       `json:"parameters,omitempty"`
	RequestBody  *requestBody      `json:"requestBody,omitempty"`
	Responses    ordered[response] `json:"responses"`
	NeedsFeature string            `json:"x-needs-feature,omitempty"`
	AllowDemo    bool              `json:"x-allow-demo"`
}

func newOperation(module string, f protocol.Function) *operation {
	about, more := protocol.Summary(f.About())
	text := []string{paragraphs(more)}
	if f.NeedsFeature != "" {
		text = append(text, "Needs the feature "+code(f.NeedsFeature)+".")
	}
	if !f.AllowDemo {
		text = append(text, "Demo accounts may not call it.")
	}
	for _, p := range f.Params {
		if p.Secret {
			text = append(text, "An argument is a secret: send it by POST, not in the address.")
			break
		}
	}
	o := &operation{
		Tags: []string{module}, Summary: about, Description: strings.TrimSpace(strings.Join(text, "\n\n")),
		NeedsFeature: f.NeedsFeature, AllowDemo: bool(f.AllowDemo), Deprecated: f.Deprecated != "",
	}
	o.Responses.add("200", response{Ref: responseRef + module + "." + f.Name})
	o.Responses.add("401", response{Ref: responseRef + "Denied"})
	o.Responses.add("403", response{Ref: responseRef + "Denied"})
	return o
}

// modifiersFor returns the output modifiers, except those that have the name of a
// parameter of the function.
func modifiersFor(f protocol.Function, modifiers ordered[parameter]) (list []parameter) {
	for _, m := range modifiers {
		hidden := false
		for _, p := range f.Params {
			hidden = hidden || p.Name == m.name
		}
		if !hidden {
			list = append(list, parameter{Ref: parameterRef + m.name})
		}
	}
	return list
}

// queryParameter returns a parameter in the address. A repeated parameter is
// written several times (U8), a nested value as JSON. The parameter that takes
// every other argument is an object whose members are separate query parameters.
func queryParameter(p protocol.Field) parameter {
	q := parameter{Name: p.Name, In: "query", Description: paragraphs(p.Doc), Required: bool(p.Required)}
	switch {
	case isRest(p):
		q.Required = false
		q.Style, q.Explode = "form", true
		q.Schema = &schema{Type: types{"object"}, AdditionalProperties: &schema{Type: types{"string"}}}
	case bool(p.List):
		repeated := "\n\nMay be repeated; " + code(p.Name+"-0") + ", " + code(p.Name+"-1") + " and so on mean the same."
		q.Description = strings.TrimSpace(q.Description + repeated)
		q.Style, q.Explode = "form", true
		q.Schema = queried(p)
	case isNested(p):
		q.Content.add(mediaJSON, mediaType{Schema: argumentValue(p, true)})
	default:
		q.Schema = queried(p)
	}
	return q
}

// body returns the body of a POST, in the three forms of U §6.
func body(f protocol.Function, ref string) *requestBody {
	b := new(requestBody)
	var encodings ordered[encoding]
	for _, p := range f.Params {
		b.Required = b.Required || bool(p.Required) && !isRest(p)
		if isNested(p) && !isRest(p) {
			encodings.add(p.Name, encoding{mediaJSON})
		}
	}
	b.Content.add(mediaForm, mediaType{Schema: &schema{Ref: ref}, Encoding: encodings})
	b.Content.add(mediaJSON, mediaType{Schema: &schema{Ref: ref}})
	b.Content.add(mediaMultipart, mediaType{Schema: &schema{Ref: ref}, Encoding: encodings})
	return b
}

// okResponse returns the response with status 200, which a function has whether it
// succeeded or failed (U6).
func okResponse(module string, f protocol.Function) (response, error) {
	media := mediaType{Schema: &schema{OneOf: []*schema{{Ref: schemaRef + module + "." + f.Name}, {Ref: schemaRef + "Failure"}}}}
	raw, err := reply(module, f, succeeded(f))
	if err != nil {
		return response{}, err
	}
	media.Examples.add("success", example{Value: raw})
	seen := make(map[string]bool)
	for _, failure := range failures(f) {
		if seen[failure.id] {
			continue
		}
		seen[failure.id] = true
		raw, err := reply(module, f, protocol.Failed(failure.text))
		if err != nil {
			return response{}, err
		}
		media.Examples.add(failure.id, example{Summary: "When " + failure.when + ".", Value: raw})
	}
	media.Examples.add("internal", example{Ref: exampleRef + "internal"})
	r := response{Description: "The function succeeded, with status 1, or failed, with status 0 and errors that say why."}
	r.Content.add(mediaJSON, media)
	return r, nil
}
