package tags

import (
	"strconv"
	"strings"

	"liveapi.host/protocol"
)

// maxCondition is how many bytes a condition may have.
const maxCondition = 16 << 10

// notInWords are the bytes, besides blanks, that a word cannot have: quotes, and the
// characters of operators here and in other languages. A word with such a character
// would always be true, although its author meant a comparison.
const notInWords = `'"=!<>&|()`

// parseCondition parses a whole condition without looking up variables.
func parseCondition(text string) (c condition, err error) {
	if len(text) > maxCondition {
		return c, refuse(maxCondition, "a condition has at most "+strconv.Itoa(maxCondition)+" bytes; ask for less at once")
	}
	p := parser{text: text}
	p.skipBlanks()
	bang := p.pos
	if strings.HasPrefix(p.rest(), "!") && !strings.HasPrefix(p.rest(), "!=") {
		c.not = true
		p.pos++
	}
	if c.left, err = p.operand(); err != nil || p.rest() == "" {
		return c, err
	}
	if c.operator, err = p.operator(); err != nil {
		return c, err
	}
	if c.not {
		return c, refuse(bang, "! stands before a lone operand only; write x!=y for two that differ")
	}
	p.pos += len(c.operator.text)
	if c.right, err = p.operand(); err != nil || p.rest() == "" {
		return c, err
	}
	at := p.pos
	if _, err = p.operator(); err == nil {
		err = refuse(at, "there is a second operator; ask for each comparison by itself")
	}
	return c, err
}

// parser is a position in a condition.
type parser struct {
	text string
	pos  int
}

func (p *parser) rest() string { return p.text[p.pos:] }

func (p *parser) skipBlanks() {
	p.pos = len(p.text) - len(strings.TrimLeft(p.rest(), blanks))
}

// operator returns the operator at this position, which is not the end.
func (p *parser) operator() (operator, error) {
	for _, o := range operators() {
		if strings.HasPrefix(p.rest(), o.text) {
			return o, nil
		}
	}
	if c := p.text[p.pos]; strings.IndexByte(notInWords, c) >= 0 && c != '\'' && c != '"' {
		return operator{}, refuse(p.pos, "here is no operator that exists; put a text that has “"+string(c)+"” in quotes")
	}
	return operator{}, refuse(p.pos, "there must be an operator between two operands; put a text that has blanks or quotes in "+
		"quotes of the other kind")
}

// operand reads one operand with the blanks around it.
func (p *parser) operand() (o operand, err error) {
	p.skipBlanks()
	switch rest := p.rest(); {
	case rest == "":
		return nil, refuse(p.pos, "an operand is missing; the empty text is written ''")
	case rest[0] == '\'' || rest[0] == '"':
		o, err = p.quoted(rest[0])
	case strings.IndexByte(notInWords, rest[0]) >= 0:
		return nil, refuse(p.pos, "an operand must stand before “"+rest[:1]+"”; the empty text is written '', and a text that "+
			"begins so is put in quotes")
	default:
		o, err = p.word()
	}
	p.skipBlanks()
	return o, err
}

// quoted reads a text and the quotes around it.
func (p *parser) quoted(quote byte) (o operand, err error) {
	open := p.pos
	p.pos++
	escapable := `'"\`
	if quote == '"' {
		escapable += "$"
	}
	for from := p.pos; p.pos < len(p.text); {
		switch c := p.text[p.pos]; {
		case c == quote:
			o = o.with(p.text[from:p.pos])
			p.pos++
			return o, nil
		case c == '\\' && p.pos+1 < len(p.text) && strings.IndexByte(escapable, p.text[p.pos+1]) >= 0:
			o = o.with(p.text[from:p.pos])
			from = p.pos + 1
			p.pos += 2
		case c == '$' && quote == '"':
			if o, err = p.variable(o.with(p.text[from:p.pos])); err != nil {
				return nil, err
			}
			from = p.pos
		default:
			p.pos++
		}
	}
	return nil, refuse(open, "the quote that opens here is not closed; one inside a text is written \\"+string(quote))
}

// word reads up to a blank or a byte of notInWords. Backslashes are as in [Expand].
func (p *parser) word() (o operand, err error) {
	from := p.pos
	for p.pos < len(p.text) && !isBlank(p.text[p.pos]) && strings.IndexByte(notInWords, p.text[p.pos]) < 0 {
		if p.text[p.pos] != '$' {
			p.pos++
			continue
		}
		slashes := p.pos - from - len(strings.TrimRight(p.text[from:p.pos], `\`))
		o = o.with(p.text[from : p.pos-slashes+slashes/2])
		if slashes%2 == 1 {
			p.pos++
			o = o.with("$")
		} else if o, err = p.variable(o); err != nil {
			return nil, err
		}
		from = p.pos
	}
	return o.with(p.text[from:p.pos]), nil
}

// variable reads the mention at this position and adds it to o.
func (p *parser) variable(o operand) (operand, error) {
	m, size := scanMention(p.rest())
	if size == 0 {
		return nil, refuse(p.pos, "this dollar sign begins no variable; write $name or $NAME{'key'}, and \\$ for a dollar sign")
	}
	p.pos += size
	return append(o, part{variable: m}), nil
}

// with adds a text to an operand.
func (o operand) with(text string) operand {
	if text == "" {
		return o
	}
	return append(o, part{text: text})
}

// refuse returns an error with what is wrong at a byte, and with the allowed forms.
func refuse(at int, wrong string) error {
	return protocol.Errorf(protocol.CodeInvalid, "The condition cannot be read at byte %d: %s. Allowed are x, !x and x==y, with "+
		"one of ==, =et=, !=, =gt=, =gtet=, =lt=, =ltet=, "+
		"where x and y are each a variable, a word, 'a text' or \"a text\".", at, wrong)
}
