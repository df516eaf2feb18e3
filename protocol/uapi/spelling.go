package uapi

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"liveapi.host/protocol"
)

// The names of modifiers begin with a prefix (U10, U15).
const (
	prefixUAPI = "api."
	prefixAPI2 = "api2_"
)

func modifierPrefix(api protocol.APIVersion) string {
	switch api {
	case protocol.UAPI, 0:
		return prefixUAPI
	case protocol.API2:
		return prefixAPI2
	}
	return "" // API 1 has none
}

// spelling has the modifiers as they were sent: texts by their names without the
// prefix, and the numbers in the names.
type spelling struct {
	prefix  string
	texts   map[string]string
	numbers map[string][]int // by name without number: ascending, each once
	letters []string         // the names of columns_a, columns_b, … in their order
}

// bare stands for the number of a modifier without a number. It sorts before 0.
const bare = -1

// spell selects the arguments that are modifiers. Unknown names are ignored (U14); nil
// means that there are no modifiers.
func spell(prefix string, args Args) (*spelling, error) {
	s := &spelling{prefix: prefix, texts: map[string]string{}, numbers: map[string][]int{}}
	for name, v := range args.All() {
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		stem, number := splitNumber(rest)
		switch stem {
		case "filter_column", "filter_type", "filter_term", "sort_column", "sort_method", "sort_reverse", "columns":
			if stem != "columns" || number != bare {
				s.numbers[stem] = append(s.numbers[stem], number)
			}
		default:
			if number != bare || !s.knows(rest) {
				continue
			}
		}
		text, ok := v.Text()
		if !ok {
			return nil, s.wrong(rest, "is an object or a list", "a text is allowed")
		}
		s.texts[rest] = text
	}
	if len(s.texts) == 0 {
		return nil, nil
	}
	for _, numbers := range s.numbers {
		slices.Sort(numbers)
	}
	slices.SortFunc(s.letters, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b) // _z comes before _aa
		}
		return strings.Compare(a, b)
	})
	return s, nil
}

// knows reports whether a modifier without a number has this name, and records
// columns with letters.
func (s *spelling) knows(rest string) bool {
	switch rest {
	case "filter", "sort", "paginate", "paginate_start", "paginate_size", "paginate_page":
		return true
	}
	letters, ok := strings.CutPrefix(rest, "columns_")
	if !ok || letters == "" || len(letters) > 3 || strings.Trim(letters, "abcdefghijklmnopqrstuvwxyz") != "" {
		return false
	}
	s.letters = append(s.letters, rest)
	return true
}

// splitNumber splits a modifier's name: filter_term_2 is filter_term and 2.
func splitNumber(name string) (stem string, number int) {
	under := strings.LastIndexByte(name, '_')
	if under < 0 {
		return name, bare
	}
	if number, ok := parseNumber(name[under+1:]); ok {
		return name[:under], number
	}
	return name, bare
}

// numbered returns the name of a modifier of this stem and number.
func numbered(stem string, number int) string {
	if number == bare {
		return stem
	}
	return fmt.Sprint(stem, "_", number)
}

// groups returns the numbers that any of these stems has, ascending.
func (s *spelling) groups(stems ...string) []int {
	var all []int
	for _, stem := range stems {
		all = append(all, s.numbers[stem]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// text returns the text of a modifier, empty when it was not sent.
func (s *spelling) text(name string) string { return s.texts[name] }

// has reports whether a modifier was sent with a text.
func (s *spelling) has(name string) bool { return s.texts[name] != "" }

// enabled reads the switch of a kind of modifiers; it returns otherwise when there is
// no switch.
func (s *spelling) enabled(name string, otherwise bool) (bool, error) {
	if !s.has(name) {
		return otherwise, nil
	}
	return s.flag(name)
}

// flag reads 1 or 0. An empty text is 0.
func (s *spelling) flag(name string) (bool, error) {
	switch text := s.text(name); text {
	case "1", "true":
		return true, nil
	case "0", "false", "":
		return false, nil
	default:
		return false, s.wrong(name, "is "+quote(text), "1 and 0 are allowed")
	}
}

// position reads a whole number from 1 into value; it does not change value when no
// number was sent.
func (s *spelling) position(name, allowed string, value *int) error {
	text := s.text(name)
	if text == "" {
		return nil
	}
	n := 0
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			n = 0
			break
		}
		if n = n*10 + int(text[i]-'0'); n > maxPosition {
			break
		}
	}
	switch {
	case n < 1:
		return s.wrong(name, "is "+quote(text), allowed)
	case n > maxPosition:
		return s.wrong(name, "is "+quote(text), fmt.Sprintf("at most %d is allowed", maxPosition))
	}
	*value = n
	return nil
}

// wrong returns the error for a wrong modifier (U14, U §4).
func (s *spelling) wrong(name, wrong, allowed string) error {
	return protocol.Errorf(protocol.CodeInvalid, "%s", BadArgument(s.prefix+name, wrong, allowed))
}

// missing returns the error for a missing modifier that another one needs.
func (s *spelling) missing(name string) error {
	return protocol.Errorf(protocol.CodeInvalid, "%s", MissingArgument(s.prefix+name))
}

// tooMany returns the error for the first modifier above the limit of its kind.
func (s *spelling) tooMany(name, kind string, most int) error {
	return s.wrong(name, "is one too many", fmt.Sprintf("at most %d %s are allowed", most, kind))
}

// quote puts a value, shortened by [shown], in quotation marks.
func quote(value string) string { return "“" + shown(value) + "”" }

// shown makes a value safe for an error text: at most 40 characters, without control
// characters.
func shown(value string) string {
	const most = 40
	var part []rune
	for _, r := range value {
		if len(part) == most {
			part = append(part, '…')
			break
		}
		if !unicode.IsGraphic(r) {
			r = unicode.ReplacementChar
		}
		part = append(part, r)
	}
	return string(part)
}
