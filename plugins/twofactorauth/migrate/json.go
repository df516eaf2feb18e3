package migrate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxFile bounds a file of secrets, in bytes.
const maxFile = 64 << 20

// ReadJSON reads one object whose members are accounts. A value is the secret, or
// an object with the member secret, as panels keep it; its other members are
// ignored. Entries come in the order of the file. An account that is there twice
// is wrong both times, because the secret that is in use is not known.
//
// An error means that the file as a whole cannot be read; it quotes nothing of it.
func ReadJSON(r io.Reader) ([]Entry, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("it is longer than %d bytes", maxFile)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	d := json.NewDecoder(bytes.NewReader(text))
	at := position{text: text, line: 1}
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("it is not a JSON object of accounts")
	}
	var entries []Entry
	first := make(map[string]int)
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, at.unreadable(d)
		}
		place := at.name(d)
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, at.unreadable(d)
		}
		e := entryOf(name.(string), value)
		e.Place = place
		if i, twice := first[e.Account]; twice {
			const wrong = "the account is there more than once"
			entries[i].Wrong, e.Wrong = wrong, wrong
		} else {
			first[e.Account] = len(entries)
		}
		entries = append(entries, e)
	}
	if _, err := d.Token(); err != nil {
		return nil, at.unreadable(d)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("it has more data after its object")
	}
	return entries, nil
}

// position counts lines while a decoder reads. It counts each line only once, because
// a file may have very many.
type position struct {
	text      []byte
	off, line int
}

// name returns where the decoder is in the file, for people.
func (p *position) name(d *json.Decoder) string {
	if to := min(int(d.InputOffset()), len(p.text)); to > p.off {
		p.line += bytes.Count(p.text[p.off:to], []byte{'\n'})
		p.off = to
	}
	return fmt.Sprintf("line %d", p.line)
}

func (p *position) unreadable(d *json.Decoder) error {
	return fmt.Errorf("it is not JSON from %s on", p.name(d))
}

// membersOf reads an object, and reports whether a member is there twice: then the
// secret that is in use is not known.
func membersOf(object json.RawMessage) (members map[string]json.RawMessage, twice bool) {
	members = make(map[string]json.RawMessage)
	d := json.NewDecoder(bytes.NewReader(object))
	d.Token() // it is known to be a complete object
	for d.More() {
		name, _ := d.Token()
		key, is := name.(string)
		var value json.RawMessage
		if _, there := members[key]; there || !is || d.Decode(&value) != nil {
			return nil, true
		}
		members[key] = value
	}
	return members, false
}

func entryOf(account string, value json.RawMessage) Entry {
	e := Entry{Account: account}
	secret := ""
	switch value[0] {
	case '"':
		json.Unmarshal(value, &secret) // it is known to be a text
	case '{':
		members, twice := membersOf(value)
		if twice {
			e.Wrong = "a member of it is there more than once"
			return e
		}
		found, ok := members["secret"]
		if !ok || found[0] != '"' {
			e.Wrong = "it has no member secret that is a text"
			return e
		}
		json.Unmarshal(found, &secret)
		if digits, ok := members["digits"]; ok && strings.Trim(string(digits), `"`) != "6" {
			e.Wrong = "its codes do not have six digits"
			return e
		}
		if period, ok := members["period"]; ok && strings.Trim(string(period), `"`) != "30" {
			e.Wrong = "its codes are not for 30 seconds"
			return e
		}
		algorithm, ok := members["algorithm"]
		if ok && !strings.EqualFold(strings.ReplaceAll(strings.Trim(string(algorithm), `"`), "-", ""), "sha1") {
			e.Wrong = "its codes are not made by SHA-1"
			return e
		}
	default:
		e.Wrong = "it is neither a secret nor an object with one"
		return e
	}
	e.Secret, e.Wrong = normal(secret)
	return e
}
