package liveapi_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Models of how existing callers read a reply: the table in the wire's
// specification. Each reads one reply from a session and returns its JSON text.

const marker = "</cpanelresult>"

// session is the caller's end of a connection. Each element of writes has the bytes
// of one Write of the host.
type session struct {
	writes [][]byte
	rest   *bufio.Reader // all of them, as a stream
}

func newSession(writes ...[]byte) *session {
	return &session{writes: writes, rest: bufio.NewReader(bytes.NewReader(bytes.Join(writes, nil)))}
}

var readers = map[string]func(*session) (string, error){
	"PHP": readPHP, "Perl": readPerl, "Go": readGo, "Node": readNode, "Python": readPython,
}

// fgets until a line contains the marker, then from the first "<cpanelresult>{"
// to the first marker.
func readPHP(s *session) (string, error) {
	var got string
	for {
		line, err := s.rest.ReadString('\n')
		if got += line; strings.Contains(line, marker) {
			break
		}
		if err != nil {
			return "", errors.New("PHP waits for 60 s and returns the previous reply")
		}
	}
	if !strings.HasSuffix(got, "\n") {
		return "", errors.New("PHP waits for the end of the line")
	}
	if !strings.HasPrefix(got, "<?xml") {
		return "", errors.New("white space before the declaration")
	}
	start := strings.Index(got, "<cpanelresult>{")
	if start < 0 {
		return "", errors.New("PHP finds no <cpanelresult>{")
	}
	text, _, _ := strings.Cut(got[start+len("<cpanelresult>"):], marker)
	return text, decodable(text, 512)
}

// sysread of 32 KiB until the buffer contains the marker; the rest of the buffer is
// discarded.
func readPerl(s *session) (string, error) {
	var got []byte
	for len(s.writes) > 0 {
		n := min(len(s.writes[0]), 32<<10)
		got = append(got, s.writes[0][:n]...)
		if s.writes[0] = s.writes[0][n:]; len(s.writes[0]) == 0 {
			s.writes = s.writes[1:]
		}
		if before, _, ok := strings.Cut(string(got), marker); ok {
			text, found := strings.CutPrefix(before, "<?xml version=\"1.0\" ?>\n<cpanelresult>")
			if !found {
				return "", errors.New("Perl finds no declaration at byte 0")
			}
			return text, decodable(text, 512)
		}
	}
	return "", errors.New("Perl waits forever")
}

// By line, concatenated without newlines; the text must end with the marker.
func readGo(s *session) (string, error) {
	var got string
	for {
		line, err := s.rest.ReadString('\n')
		if err != nil {
			return "", errors.New("Go waits forever")
		}
		if got += strings.TrimSuffix(line, "\n"); strings.HasSuffix(got, marker) {
			break
		}
	}
	_, text, found := strings.Cut(got, "<cpanelresult>")
	if !found {
		return "", errors.New("Go finds no result")
	}
	text = strings.TrimSuffix(text, marker)
	return text, decodable(text, 10000)
}

// The first data event is the reply, and it is parsed as strict XML.
func readNode(s *session) (string, error) {
	if len(s.writes) == 0 {
		return "", io.EOF
	}
	d := xml.NewDecoder(bytes.NewReader(s.writes[0]))
	s.writes = s.writes[1:]
	d.Strict = true
	var text strings.Builder
	var elements, depth int
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return "", fmt.Errorf("strict XML: %w", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			elements++
			depth++
			if token.Name.Local != "cpanelresult" || len(token.Attr) > 0 {
				return "", fmt.Errorf("element %v", token)
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth > 0 {
				text.Write(token)
			} else if strings.TrimSpace(string(token)) != "" {
				return "", errors.New("text outside the element")
			}
		case xml.Comment, xml.Directive:
			return "", fmt.Errorf("a %T", token)
		}
	}
	if elements != 1 || depth != 0 {
		return "", fmt.Errorf("%d elements", elements)
	}
	return text.String(), decodable(text.String(), 10000)
}

// Reads until the marker and takes the text between the two tags.
func readPython(s *session) (string, error) {
	var got []byte
	for !bytes.Contains(got, []byte(marker)) {
		b, err := s.rest.ReadByte()
		if err != nil {
			return "", errors.New("Python loops forever")
		}
		got = append(got, b)
	}
	_, text, found := strings.Cut(string(got), "<cpanelresult>")
	if !found {
		return "", errors.New("Python finds no result")
	}
	text = strings.TrimSuffix(text, marker)
	return text, decodable(text, 900)
}

// decodable returns an error for what the strictest JSON decoders of callers refuse.
func decodable(text string, depth int) error {
	switch {
	case strings.TrimSpace(text) == "":
		return errors.New("an empty result: the data cannot be propagated (W10)")
	case !utf8.ValidString(text):
		return errors.New("not valid UTF-8")
	case !json.Valid([]byte(text)):
		return errors.New("not valid JSON")
	case loneSurrogate(text):
		return errors.New("a lone surrogate")
	case nesting(text) > depth:
		return fmt.Errorf("nested deeper than %d levels", depth)
	}
	return nil
}

// loneSurrogate looks for an escape of half a pair in valid JSON.
func loneSurrogate(text string) bool {
	high := false // the previous escape was the first half of a pair
	for i := 0; i < len(text); i++ {
		unit := -1
		if text[i] == '\\' {
			i++
			if text[i] == 'u' {
				fmt.Sscanf(text[i+1:i+5], "%x", &unit)
				i += 4
			}
		}
		low := unit >= 0xdc00 && unit < 0xe000
		if low != high {
			return true
		}
		high = unit >= 0xd800 && unit < 0xdc00
	}
	return high
}

// nesting counts the levels of objects and arrays in valid JSON.
func nesting(text string) int {
	depth, most := 0, 0
	d := json.NewDecoder(strings.NewReader(text))
	for {
		token, err := d.Token()
		if err != nil {
			return most
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
			most = max(most, depth)
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
}

// decode returns a JSON text's value, numbers by their literal text.
func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}
