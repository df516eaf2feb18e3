package texts

import (
	"strings"

	"liveapi.host/host/accounts/yamlform"
)

// decode reads a file of texts. Its mistakes are *yamlform.Mistake.
func decode(path string, data []byte) (*texts, error) {
	doc, err := yamlform.Parse(path, data)
	if err != nil {
		return nil, err
	}
	t := &texts{language: Language{Direction: "ltr"}, byKey: make(map[string]string)}
	for _, p := range doc.Pairs() {
		key, ok := p.Name.Words()
		switch {
		case !ok:
		case key == "" || len(key) > maxKey:
			p.Name.Mistake("a key of 1 to 255 bytes is needed before the colon")
		case key == "_name":
			t.language.Name = p.Value.Text()
		case key == "_direction":
			t.language.Direction = direction(p.Value)
		case strings.HasPrefix(key, "_"):
			p.Name.Mistake("keys that begin with _ are about the language; allowed are _name, _direction")
		default:
			if text, ok := p.Value.Words(); ok {
				t.byKey[key] = text
			}
		}
	}
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return t, nil
}

func direction(v yamlform.Value) string {
	text := v.Text()
	if text != "" && text != "ltr" && text != "rtl" {
		v.Mistake("%s is invalid; write ltr (left to right) or rtl", v.Shown())
	}
	return text
}
