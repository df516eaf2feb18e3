package reference

import (
	"bytes"
	"encoding/json"
	"fmt"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// generator tells [WriteFolder] its own document.
const generator = "liveapi docs"

// OpenAPI is the OpenAPI 3.1 document of the UAPI functions by HTTP (U §6). Those
// of API 2 and API 1 have no address there.
func (r *Reference) OpenAPI() ([]byte, error) {
	d := &document{
		OpenAPI: "3.1.0", Generator: generator,
		Info:     info{Title: "UAPI over HTTP", Version: fmt.Sprint(int(protocol.UAPI)), Description: openText},
		Servers:  servers(),
		Security: []map[string][]string{{"token": {}}, {"basic": {}}, {"session": {}}},
		Tags:     []tag{},
	}
	if err := d.addComponents(); err != nil {
		return nil, err
	}
	for _, m := range r.modules {
		d.Tags = append(d.Tags, tag{Name: m.Module, Description: paragraphs(m.Doc), Version: m.Version})
		for _, f := range m.Functions {
			if f.API != protocol.UAPI {
				continue
			}
			if err := d.openPath(m.Module, f, d.Components.Parameters); err != nil {
				return nil, fmt.Errorf("%s::%s: %w", m.Module, f.Name, err)
			}
		}
	}
	raw, err := encode(d)
	if err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

const openText = "The UAPI functions of the modules that this host serves. **The host does not serve HTTP yet**: this is the form that callers in the field use, to write clients against.\n\n" +
	"A function that failed is status 200 with `status` 0 and `errors`; 401 and 403 mean the credentials only.\n\n" +
	"Arguments stand in the query, in a form, or in one JSON object, where numbers and booleans count by their text. " +
	"A repeated argument is `name=…&name=…` or `name-0=…&name-1=…`; a POST may have arguments in its query too. " +
	"A value with members is written as JSON wherever a text is expected. Names that a function does not have are ignored.\n\n" +
	"Output modifiers, `api.…`, choose among a list of objects; elsewhere they are ignored with a warning. With `api.columns` entries lack the other members."

func servers() []server {
	host := variable{"localhost", "The host's name."}
	port := variable{"2083", "Its port for accounts."}
	open := server{URL: "https://{host}:{port}/execute", Description: "With a token or a password."}
	open.Variables.add("host", host)
	open.Variables.add("port", port)
	session := server{URL: "https://{host}:{port}/{security_token}/execute", Description: "With the cookie of a session."}
	session.Variables.add("host", host)
	session.Variables.add("port", port)
	session.Variables.add("security_token", variable{"cpsess0000000000", "`cpsess` and ten digits, as the log-in gave it; it has to fit the cookie."})
	return []server{open, session}
}

// addComponents adds what the paths have in common.
func (d *document) addComponents() error {
	c := &d.Components
	c.Schemas.add("Failure", failedSchema())
	c.Schemas.add("Metadata", metadata())
	body, shown := denied()
	c.Schemas.add("Denied", body)
	response := response{Description: "The credentials are missing, wrong, or not allowed here."}
	media := mediaType{Schema: &schema{Ref: schemaRef + "Denied"}}
	media.Examples.add("denied", example{Value: shown})
	response.Content.add(mediaJSON, media)
	c.Responses.add("Denied", response)
	c.Parameters = modifiers()
	internal, err := uapi.AppendCore(nil, protocol.Failed(uapi.Internal(exampleID)))
	if err != nil {
		return err
	}
	c.Examples.add("internal", example{Summary: "A fault of the module; the host's log has it under the id.", Value: internal})
	c.SecuritySchemes.add("token", securityScheme{Type: "apiKey", In: "header", Name: "Authorization", Description: "`cpanel USER:TOKEN`, such as `cpanel alice:0123456789`."})
	c.SecuritySchemes.add("basic", securityScheme{Type: "http", Scheme: "basic", Description: "The account's name and password."})
	c.SecuritySchemes.add("session", securityScheme{Type: "apiKey", In: "cookie", Name: "cpsession", Description: "The cookie of a log-in, with the server whose path begins with `cpsess`."})
	return nil
}
