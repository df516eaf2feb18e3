package render

import (
	"bytes"
	"encoding/json"
)

// Format prints one JSON object. Its text ends with a line feed. An error means that
// the input is not a JSON object.
type Format func(object json.RawMessage, paint Palette) ([]byte, error)

// Names are the names of the formats, in the order of their use.
func Names() []string { return []string{"yaml", "json", "jsonpretty", "xml"} }

// Named returns the format of this name.
func Named(name string) (format Format, known bool) {
	switch name {
	case "yaml":
		return YAML, true
	case "json":
		return JSON, true
	case "jsonpretty":
		return PrettyJSON, true
	case "xml":
		return XML, true
	}
	return nil, false
}

// JSON prints the object on one line, with the exact bytes of the input.
func JSON(object json.RawMessage, paint Palette) ([]byte, error) {
	return append(paintJSON(object, paint), '\n'), nil
}

// PrettyJSON prints each member on a line of its own.
func PrettyJSON(object json.RawMessage, paint Palette) ([]byte, error) {
	var out bytes.Buffer
	if err := json.Indent(&out, object, "", "   "); err != nil {
		return nil, err
	}
	return append(paintJSON(out.Bytes(), paint), '\n'), nil
}
