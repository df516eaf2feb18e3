package liveapi

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"liveapi.host/protocol/internal/grammar"
)

// What surrounds a reply's JSON (W7).
const (
	replyOpen  = "<?xml version=\"1.0\" ?>\n<cpanelresult>"
	replyClose = "</cpanelresult>\n"
)

// DefaultReply is the greatest length of a reply in bytes unless the writer is
// told otherwise: the whole frame, escapes included (W15).
const DefaultReply = 4 << 20

// MaxReplyDepth is how deep a reply's JSON may be nested: the decoders of PHP and
// Perl give up at 512 levels, and some callers put two of their own around it.
const MaxReplyDepth = 500

// Replies that never change (W5).
const (
	EnabledReply  = `{"data":{"result":"json"}}`
	ShutdownReply = `{"data":{"result":"shutdown"}}`
)

// ErrReplyTooLarge is in the chain of the error for a reply beyond its bound
// (W15).
var ErrReplyTooLarge = errors.New("the reply is too large (W15)")

// ReplyError says why a reply was not sent. Nothing of it has reached the
// caller: answer with an error reply instead. It quotes nothing of the reply.
type ReplyError struct {
	Rule   string // "W10", "W14" or "W15"
	Offset int    // in bytes, from the start of the JSON
	Reason string
	Err    error // ErrReplyTooLarge, or nil
}

func (e *ReplyError) Error() string {
	return fmt.Sprintf("reply refused (%s) at byte %d: %s", e.Rule, e.Offset, e.Reason)
}

func (e *ReplyError) Unwrap() error { return e.Err }

// AppendReply appends to dst the one form of a reply (W7) around json, which
// must be one JSON object (W10) but may come as a module wrote it:
//
//   - white space outside strings goes (W7);
//   - <, >, &, U+2028 and U+2029 are escaped (W8), and so are U+FFFE and U+FFFF,
//     which the strict XML reader refuses;
//   - a byte that is not UTF-8 and an escape that is half a surrogate pair become
//     U+FFFD, since PHP and Perl refuse the whole reply for one of them.
//
// Everything else passes through literally. What is appended is at most limit
// bytes; 0 or less means [DefaultReply]. An error is a [*ReplyError], and dst is
// then returned as it was. json and dst must not overlap.
func AppendReply(dst, json []byte, limit int) ([]byte, error) {
	if limit <= 0 {
		limit = DefaultReply
	}
	c := composer{src: json, base: len(dst), limit: limit - len(replyClose)}
	if len(replyOpen) > c.limit {
		return dst, &ReplyError{"W15", 0, "the bound leaves no room for a reply", ErrReplyTooLarge}
	}
	c.dst = append(slices.Grow(dst, min(limit, len(replyOpen)+len(json)+len(replyClose))), replyOpen...)
	if !c.whole() {
		return dst, &ReplyError{c.rule, c.pos, c.reason, c.err}
	}
	return append(c.dst, replyClose...), nil
}

// composer copies JSON from src to dst and repairs it on the way. Its methods
// return false once something is wrong. Bytes that need no change wait in
// src[from:pos] so that they are copied in long runs.
type composer struct {
	src       []byte
	pos, from int
	dst       []byte
	base      int // len(dst) before the reply
	limit     int // bytes after base
	rule      string
	reason    string
	err       error
}

func (c *composer) stop(rule, reason string) bool {
	c.rule, c.reason = rule, reason
	return false
}

func (c *composer) whole() bool {
	if !c.space() {
		return false
	}
	if c.pos >= len(c.src) || c.src[c.pos] != '{' {
		return c.stop("W10", "a reply must be one JSON object")
	}
	if !c.value(1) || !c.space() {
		return false
	}
	if c.pos != len(c.src) {
		return c.stop("W14", trailing)
	}
	return c.put("", 0)
}

// put copies what waits, then text, and leaves out the next skip bytes.
func (c *composer) put(text string, skip int) bool {
	run := c.src[c.from:c.pos]
	if len(c.dst)-c.base+len(run)+len(text) > c.limit {
		c.err = ErrReplyTooLarge
		return c.stop("W15", "the reply is larger than its bound; ask for less, such as one page of it")
	}
	c.dst = append(append(c.dst, run...), text...)
	c.pos += skip
	c.from = c.pos
	return true
}

// space drops white space. It is small enough to be inlined.
func (c *composer) space() bool {
	return c.pos >= len(c.src) || c.src[c.pos] > ' ' || c.spaces()
}

func (c *composer) spaces() bool {
	n := 0
	for c.pos+n < len(c.src) && grammar.IsSpace(c.src[c.pos+n]) {
		n++
	}
	return n == 0 || c.put("", n)
}

func (c *composer) value(depth int) bool {
	if c.pos >= len(c.src) {
		return c.stop("W14", "the JSON ends where a value must come")
	}
	end := -1
	switch b := c.src[c.pos]; b {
	case '"':
		return c.text()
	case '{', '[':
		if depth > MaxReplyDepth {
			return c.stop("W14", "the reply is nested deeper than 500 levels")
		}
		return c.container(b, depth)
	case 't', 'f', 'n':
		end = grammar.Literal(c.src, c.pos)
	default:
		end = grammar.Number(c.src, c.pos)
	}
	if end < 0 {
		return c.stop("W14", "a JSON value must come here")
	}
	c.pos = end
	return true
}

// container copies an object or an array.
func (c *composer) container(opening byte, depth int) bool {
	closing := opening + 2 // '{' and '}', '[' and ']'
	c.pos++
	if !c.space() {
		return false
	}
	if c.pos < len(c.src) && c.src[c.pos] == closing {
		c.pos++
		return true
	}
	for {
		if !c.space() || opening == '{' && !c.name() || !c.value(depth+1) || !c.space() {
			return false
		}
		if c.pos >= len(c.src) || c.src[c.pos] != ',' && c.src[c.pos] != closing {
			return c.stop("W14", "a comma or the end of an object or array must come here")
		}
		c.pos++
		if c.src[c.pos-1] == closing {
			return true
		}
	}
}

// name copies a member's name and its colon.
func (c *composer) name() bool {
	if c.pos >= len(c.src) || c.src[c.pos] != '"' {
		return c.stop("W14", "a member name in double quotes must come here")
	}
	if !c.text() || !c.space() {
		return false
	}
	if c.pos >= len(c.src) || c.src[c.pos] != ':' {
		return c.stop("W14", "a colon must come after a member name")
	}
	c.pos++
	return c.space()
}

// text copies a string.
func (c *composer) text() bool {
	c.pos++
	for {
		c.pos = harmless(c.src, c.pos)
		if c.pos >= len(c.src) {
			return c.stop("W14", "the JSON ends inside a string")
		}
		ok := true
		switch b := c.src[c.pos]; {
		case b == '"':
			c.pos++
			return true
		case b == '\\':
			ok = c.escape()
		case b == '<':
			ok = c.put(`\u003c`, 1)
		case b == '>':
			ok = c.put(`\u003e`, 1)
		case b == '&':
			ok = c.put(`\u0026`, 1)
		case b >= utf8.RuneSelf:
			ok = c.beyondASCII()
		default:
			return c.stop("W14", "a string holds a control character that is not escaped")
		}
		if !ok {
			return false
		}
	}
}

func (c *composer) escape() bool {
	_, size, lone := grammar.Escape(c.src, c.pos)
	switch {
	case lone:
		return c.put(`\ufffd`, size)
	case size == 0:
		return c.stop("W14", "this is no JSON escape sequence")
	}
	c.pos += size
	return true
}

func (c *composer) beyondASCII() bool {
	for c.pos < len(c.src) && c.src[c.pos] >= utf8.RuneSelf {
		r, size := utf8.DecodeRune(c.src[c.pos:])
		ok := true
		switch {
		case r == utf8.RuneError && size == 1:
			ok = c.put(`\ufffd`, size)
		case r == '\u2028':
			ok = c.put(`\u2028`, size)
		case r == '\u2029':
			ok = c.put(`\u2029`, size)
		case r == '\ufffe':
			ok = c.put(`\ufffe`, size)
		case r == '\uffff':
			ok = c.put(`\uffff`, size)
		default:
			c.pos += size
		}
		if !ok {
			return false
		}
	}
	return true
}

// Writer sends the replies of one session. It is the only writer of its
// connection (W11).
type Writer struct {
	dst   io.Writer
	limit int
	buf   []byte
	final error
}

// NewWriter returns a Writer of replies of at most limit bytes each; 0 or less
// means [DefaultReply].
func NewWriter(dst io.Writer, limit int) *Writer { return &Writer{dst: dst, limit: limit} }

// Reply sends one reply by exactly one Write (W11), in the form that
// [AppendReply] gives it. After a [*ReplyError] nothing was written and the
// session can go on. Any other error is of the connection: part of a reply may
// have been sent, so it is final and returned again.
func (w *Writer) Reply(json []byte) error {
	if w.final != nil {
		return w.final
	}
	frame, err := AppendReply(w.buf[:0], json, w.limit)
	if err != nil {
		return err
	}
	if cap(frame) <= smallBuffer {
		w.buf = frame
	}
	n, err := w.dst.Write(frame)
	if err == nil && n < len(frame) {
		err = io.ErrShortWrite
	}
	if err != nil {
		w.final = fmt.Errorf("sending a reply of %d bytes: %w", len(frame), err)
	}
	return w.final
}
