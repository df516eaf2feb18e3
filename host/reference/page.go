package reference

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"liveapi.host/protocol"
)

// page returns the page of one module.
func page(m protocol.Manifest) ([]byte, error) {
	var out strings.Builder
	about, more := protocol.Summary(m.Doc)
	out.WriteString(mark + "# " + m.Module + "\n\n")
	for _, text := range []string{about, more} {
		if text != "" {
			out.WriteString(paragraphs(text) + "\n\n")
		}
	}
	if m.Version != "" {
		out.WriteString("Version " + inline(m.Version) + ". ")
	}
	out.WriteString("[How to call it, and what replies look like](README.md). HTTP is not served yet.\n\n")
	var rows [][]string
	for _, f := range m.Functions {
		about, _ := protocol.Summary(f.About())
		rows = append(rows, []string{"[" + f.Name + "](#" + anchor(f) + ")", apiName(f.API), inline(about)})
	}
	out.WriteString(table([]string{"function", "API", "what it does"}, rows))
	for _, f := range m.Functions {
		text, err := functionText(m.Module, f)
		if err != nil {
			return nil, fmt.Errorf("%s::%s: %w", m.Module, f.Name, err)
		}
		out.WriteString(text)
	}
	return []byte(out.String()), nil
}

func apiName(api protocol.APIVersion) string {
	switch api {
	case protocol.UAPI:
		return "UAPI"
	case protocol.WHM1:
		return "WHM API 1"
	}
	return fmt.Sprint("API ", int(api))
}

// heading returns a function's heading; it has the API, because several APIs may
// have a function of the same name.
func heading(f protocol.Function) string {
	if f.API == protocol.UAPI {
		return f.Name
	}
	return f.Name + ", " + apiName(f.API)
}

// anchor returns the link target that Markdown renderers make from the heading.
func anchor(f protocol.Function) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(heading(f)), ",", ""), " ", "-")
}

func functionText(module string, f protocol.Function) (string, error) {
	var out strings.Builder
	about, more := protocol.Summary(f.About())
	out.WriteString("\n## " + inline(heading(f)) + "\n\n")
	for _, text := range []string{about, more} {
		if text != "" {
			out.WriteString(paragraphs(text) + "\n\n")
		}
	}
	out.WriteString(gates(f) + "\n\n")
	out.WriteString(paramsText(f))
	out.WriteString(dataText(f))
	raw, err := reply(module, f, succeeded(f))
	if err != nil {
		return "", err
	}
	var shown bytes.Buffer
	if err := json.Indent(&shown, raw, "", "  "); err != nil {
		return "", err
	}
	out.WriteString(fenced("json", shown.String()))
	out.WriteString(failuresText(f))
	out.WriteString("\n### Examples of " + inline(heading(f)) + "\n\n" + examples(module, f))
	return out.String(), nil
}

// gates says what the host requires of the account (U §4).
func gates(f protocol.Function) string {
	if f.API == protocol.WHM1 {
		text := apiName(f.API) + ", which has no modules. For root only."
		if f.ReadOnly {
			return text + " It changes nothing."
		}
		return text + " Each call is recorded (`liveapi audit`)."
	}
	text := apiName(f.API) + ". Needs no feature."
	if f.NeedsFeature != "" {
		text = apiName(f.API) + ". Needs the feature " + code(f.NeedsFeature) + "."
	}
	if f.AllowDemo {
		return text + " Demo accounts may call it."
	}
	return text + " Demo accounts may not call it."
}

func failuresText(f protocol.Function) string {
	list := failures(f)
	if len(list) == 0 {
		return ""
	}
	var rows [][]string
	for _, failure := range list {
		rows = append(rows, []string{inline(failure.text), inline(failure.when)})
	}
	const intro = "\nErrors, in addition to its own and to [those of any function](README.md#errors-of-any-function):\n\n"
	return intro + table([]string{"error", "when"}, rows)
}
