package tags

import (
	"strings"

	"liveapi.host/protocol"
)

// maxArguments is how many arguments one tag may have.
const maxArguments = 1024

// SplitArguments reads the text between the parentheses of
// <cpanel Module="function(…)"> (W5) as API 1's list of arguments:
//
//   - A comma ends an argument. Blanks around an argument are not part of it.
//   - A text of blanks only has no arguments. Otherwise there is one argument more
//     than there are commas; "a,,b" has an empty argument in the middle, and "a," at
//     the end.
//   - An argument that begins with ' or " ends at the same quote. The argument is the
//     text between the quotes, with commas and blanks, and may be empty. In it a
//     backslash before a quote or a backslash gives that character; any other
//     backslash is literal. After the closing quote only blanks may follow.
//   - Elsewhere quotes, backslashes and parentheses are literal.
//
// Variables are not replaced. To replace them, call [Expand] for each argument, never
// for the whole text, where a comma in a value would split an argument.
//
// An error is a [*protocol.Error] of code invalid: a quote that is not closed or
// is followed by something, or more than 1,024 arguments. It quotes nothing.
func SplitArguments(text string) ([]string, error) {
	if strings.Trim(text, blanks) == "" {
		return nil, nil
	}
	var list []string
	for at := 0; ; at++ { // past the comma
		if len(list) == maxArguments {
			return nil, protocol.Errorf(protocol.CodeInvalid, "The tag has more than %d arguments: send fewer, or call a "+
				"function of UAPI.", maxArguments)
		}
		argument, end, err := nextArgument(text, at)
		if err != nil {
			return nil, err
		}
		list = append(list, argument)
		if at = end; at == len(text) {
			return list, nil
		}
	}
}

// nextArgument reads the argument that begins at byte at of text, and returns where
// it ends: at a comma or at the end of text.
func nextArgument(text string, at int) (argument string, end int, err error) {
	rest := strings.TrimLeft(text[at:], blanks)
	if !strings.HasPrefix(rest, "'") && !strings.HasPrefix(rest, `"`) {
		argument, _, _ = strings.Cut(rest, ",")
		return strings.TrimRight(argument, blanks), len(text) - len(rest) + len(argument), nil
	}
	open := len(text) - len(rest)
	argument, rest, ok := cutQuoted(rest)
	if !ok {
		return "", 0, badArguments(open, "the quote that opens here is not closed")
	}
	rest = strings.TrimLeft(rest, blanks)
	end = len(text) - len(rest)
	if rest != "" && rest[0] != ',' {
		return "", 0, badArguments(end, "something follows the closing quote")
	}
	return argument, end, nil
}

// cutQuoted reads the quoted text that s begins with.
func cutQuoted(s string) (text, rest string, ok bool) {
	var out strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == s[0]:
			return out.String(), s[i+1:], true
		case c == '\\' && i+1 < len(s) && strings.IndexByte(`'"\`, s[i+1]) >= 0:
			i++
		}
		out.WriteByte(s[i])
	}
	return "", "", false
}

func badArguments(at int, wrong string) error {
	return protocol.Errorf(protocol.CodeInvalid, "The tag's arguments cannot be read at byte %d: %s. Separate them by commas; "+
		"write one that holds a comma as 'a, b', a quote in it as \\'.", at, wrong)
}
