package reference

import (
	"bytes"
	"encoding/json"
	"fmt"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// generator is the mark by which [WriteFolder] recognizes its own document.
const generator = "liveapi docs"

// OpenAPI returns the OpenAPI 3.1 document of the UAPI functions by HTTP (U §6).
// Functions of API 2 and API 1 cannot be called by HTTP.
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

const openText = "The UAPI functions of the modules that this host serves. " +
	"**The host does not serve HTTP yet**: this is the interface that existing callers use, so that clients can be written now.\n\n" +
	"A function that failed has HTTP status 200, `status` 0 and `errors`; 401 and 403 are about the credentials only.\n\n" +
	"Send arguments in the query, in a form, or in one JSON object, whose numbers and booleans are converted to text. " +
	"A repeated argument is `name=…&name=…` or `name-0=…&name-1=…`; a POST may have arguments in its query, too. " +
	"Where a text is expected, write a value with members as JSON. Arguments that a function does not have are ignored.\n\n" +
	"Output modifiers, `api.…`, filter, sort and page a list of objects; for other data they are ignored with a warning. " +
	"With `api.columns`, entries have only the named members."

func servers() []server {
	host := variable{"localhost", "The host's name."}
	port := variable{"2083", "Its port for accounts."}
	open := server{URL: "https://{host}:{port}/execute", Description: "With a token or a password."}
	open.Variables.add("host", host)
	open.Variables.add("port", port)
	session := server{URL: "https://{host}:{port}/{security_token}/execute", Description: "With the cookie of a session."}
	session.Variables.add("host", host)
	session.Variables.add("port", port)
	session.Variables.add("security_token", variable{"cpsess0000000000",
		"`cpsess` and ten digits, from the log-in; it must belong to the cookie."})
	return []server{open, session}
}

// addComponents adds the parts that the paths share.
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
	c.Examples.add("internal", example{Summary: "An internal error; the host's log has the details under the id.", Value: internal})
	c.SecuritySchemes.add("token", securityScheme{Type: "apiKey", In: "header", Name: "Authorization",
		Description: "`cpanel USER:TOKEN`, such as `cpanel alice:0123456789`."})
	c.SecuritySchemes.add("basic", securityScheme{Type: "http", Scheme: "basic", Description: "The account's name and password."})
	c.SecuritySchemes.add("session", securityScheme{Type: "apiKey", In: "cookie", Name: "cpsession",
		Description: "The cookie of a log-in, with the server whose path begins with `cpsess`."})
	return nil
}
