package reference

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"liveapi.host/protocol"
)

// Reference holds the modules that it describes. It does not change.
type Reference struct {
	modules []protocol.Manifest // cleaned by New
}

// maxDepth is the largest depth of a field that is described; it is the bound for
// JSON (W14). A deeper field is described as any value.
const maxDepth = 32

// New returns the reference of these modules, whose manifests it copies. It leaves
// out what cannot be called or sent: names that break W16, a second manifest of a
// module, the first of two functions with the same name and API, parameters without
// a name or with the name of an earlier one. It removes invalid UTF-8, control
// characters and characters that change the direction of text.
func New(manifests []protocol.Manifest) *Reference {
	r := new(Reference)
	for _, m := range manifests {
		if protocol.ValidModule(m.Module) && r.module(m.Module) == nil {
			r.modules = append(r.modules, cleanModule(m))
		}
	}
	slices.SortFunc(r.modules, func(a, b protocol.Manifest) int { return strings.Compare(a.Module, b.Module) })
	return r
}

// module returns the module of this name; nil when the reference does not have it.
func (r *Reference) module(name string) *protocol.Manifest {
	for i := range r.modules {
		if r.modules[i].Module == name {
			return &r.modules[i]
		}
	}
	return nil
}

// cleanModule copies a manifest, with only what can be called. Of functions with
// the same name, UAPI comes before API 2 and API 1.
func cleanModule(m protocol.Manifest) protocol.Manifest {
	clean := protocol.Manifest{Module: m.Module, Doc: cleanText(m.Doc), Version: cleanLine(m.Version)}
	for _, f := range m.Functions {
		if f.API == 0 {
			f.API = protocol.UAPI
		}
		if !protocol.ValidFunction(f.Name) || f.API > protocol.WHM1 {
			continue
		}
		f.Doc, f.NeedsFeature = cleanText(f.Doc), cleanLine(f.NeedsFeature)
		f.Params = cleanFields(f.Params, 1)
		for i := range f.Params {
			if f.Params[i].Type == protocol.TypeNull { // no type: arguments are sent as texts
				f.Params[i].Type = protocol.TypeString
			}
		}
		f.Returns = cleanField(f.Returns, 1)
		if f.API == protocol.WHM1 && !fitsWHM(f.Returns) {
			continue // a host cannot send what it returns
		}
		clean.Functions = slices.DeleteFunc(clean.Functions, func(other protocol.Function) bool {
			return other.Name == f.Name && other.API == f.API
		})
		clean.Functions = append(clean.Functions, f)
	}
	slices.SortFunc(clean.Functions, func(a, b protocol.Function) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(b.API, a.API))
	})
	return clean
}

// fitsWHM reports whether data has the form that WHM API 1 can send (U §7).
func fitsWHM(data protocol.Field) bool {
	return !bool(data.List) && (data.Type == protocol.TypeObject || data.Type == protocol.TypeMap || data.Type == protocol.TypeNull)
}

// cleanFields copies parameters or members, the first of each name.
func cleanFields(fields []protocol.Field, depth int) (clean []protocol.Field) {
	seen := make(map[string]bool)
	for _, f := range fields {
		f = cleanField(f, depth)
		if f.Name != "" && !seen[f.Name] {
			seen[f.Name] = true
			clean = append(clean, f)
		}
	}
	return clean
}

func cleanField(f protocol.Field, depth int) protocol.Field {
	f.Name, f.Doc = cleanLine(f.Name), cleanText(f.Doc)
	fields := f.Fields
	f.Fields = nil
	switch f.Type {
	case protocol.TypeString, protocol.TypeNumber, protocol.TypeFlag, protocol.TypeNull:
	case "":
		f.Type = protocol.TypeNull
	case protocol.TypeObject:
		if depth < maxDepth {
			f.Fields = cleanFields(fields, depth+1)
			break
		}
		f.Type = protocol.TypeAny
	case protocol.TypeMap:
		values := protocol.Field{Type: protocol.TypeAny}
		if len(fields) > 0 && depth < maxDepth {
			values = cleanField(fields[0], depth+1)
			values.Name = ""
		}
		f.Fields = []protocol.Field{values}
	default: // also types of newer modules
		f.Type = protocol.TypeAny
	}
	return f
}

// cleanLine returns a clean text on one line.
func cleanLine(text string) string { return strings.Join(strings.Fields(cleanText(text)), " ") }

// cleanText returns a clean text; it keeps line feeds.
func cleanText(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case unicode.Is(unicode.Bidi_Control, r), unicode.Is(unicode.Noncharacter_Code_Point, r):
			return -1
		case unicode.IsControl(r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "�")))
}

// isRest reports whether a parameter takes all arguments that have no parameter of
// their own.
func isRest(p protocol.Field) bool { return p.Name == "*" }

// isNested reports whether a parameter's value may be more than a text, so that it
// is written as JSON where only texts can be sent.
func isNested(p protocol.Field) bool {
	return p.Type == protocol.TypeObject || p.Type == protocol.TypeMap || p.Type == protocol.TypeAny
}

// hasRows reports whether output modifiers apply to a function: its data is a list
// of objects (U §3).
func hasRows(f protocol.Function) bool {
	return f.API != protocol.API1 && bool(f.Returns.List) && (f.Returns.Type == protocol.TypeObject || f.Returns.Type == protocol.TypeMap)
}
