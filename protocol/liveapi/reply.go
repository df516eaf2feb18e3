package liveapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"liveapi.host/protocol/internal/jsontext"
)

// What surrounds a reply's JSON (W7).
const (
	replyOpen  = "<?xml version=\"1.0\" ?>\n<cpanelresult>"
	replyClose = "</cpanelresult>\n"
)

// DefaultReply is the greatest length of a reply in bytes if the writer has no
// limit of its own: the whole frame, escapes included (W15).
const DefaultReply = 4 << 20

// MaxReplyDepth is how deep a reply's JSON may be nested: the decoders of PHP and
// Perl fail at 512 levels, and some callers add two levels around it.
const MaxReplyDepth = 500

// Replies that never change (W5).
const (
	EnabledReply  = `{"data":{"result":"json"}}`
	ShutdownReply = `{"data":{"result":"shutdown"}}`
)

// ErrReplyTooLarge is in the chain of the error for a reply above its limit (W15).
var ErrReplyTooLarge = errors.New("the reply is too large (W15)")

// ReplyError says why a reply was not sent. The caller has received no part of it:
// send an error reply instead. The error quotes no part of the reply.
type ReplyError struct {
	Rule   string // "W7", "W8", "W10", "W14" or "W15"
	Offset int    // in bytes, from the start of the JSON
	Reason string
	Err    error // ErrReplyTooLarge, or nil
}

func (e *ReplyError) Error() string {
	return fmt.Sprintf("reply refused (%s) at byte %d: %s", e.Rule, e.Offset, e.Reason)
}

func (e *ReplyError) Unwrap() error { return e.Err }

// AppendReply appends to dst a reply (W7) with json, which must be one JSON object
// (W10). The object may be in the form in which a module wrote it:
//
//   - white space outside strings is removed (W7);
//   - <, >, &, U+2028 and U+2029 are escaped (W8), and so are U+FFFE and U+FFFF,
//     which the strict XML reader refuses;
//   - a byte that is not UTF-8 and an escape that is half a surrogate pair become
//     U+FFFD, since PHP and Perl refuse the whole reply for one of them.
//
// Everything else is copied unchanged. At most limit bytes are appended; 0 or less
// means [DefaultReply]. An error is a [*ReplyError], and dst is then returned
// unchanged. json and dst must not overlap.
func AppendReply(dst, json []byte, limit int) ([]byte, error) {
	if limit <= 0 {
		limit = DefaultReply
	}
	most := limit - len(replyClose)
	if len(replyOpen) > most {
		return dst, &ReplyError{"W15", 0, "the bound leaves no room for a reply", ErrReplyTooLarge}
	}
	w := jsontext.Walker{
		Src: json, Depth: MaxReplyDepth, Mode: jsontext.Copy | jsontext.Escape, Limit: len(dst) + most,
		Dst: append(slices.Grow(dst, min(limit, len(replyOpen)+len(json)+len(replyClose))), replyOpen...),
	}
	if w.Space(); w.Pos == len(json) || json[w.Pos] != '{' {
		return dst, &ReplyError{"W10", w.Pos, "a reply must be one JSON object", nil}
	}
	if !w.Whole() {
		if w.Full {
			return dst, &ReplyError{"W15", w.At, "the reply is larger than its bound; ask for less, such as one " +
				"page of it", ErrReplyTooLarge}
		}
		return dst, &ReplyError{"W14", w.At, w.Reason, nil}
	}
	return append(w.Dst, replyClose...), nil
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

// Reply sends one reply with exactly one Write (W11), in the form of
// [AppendReply]. After a [*ReplyError] nothing was written and the session can go
// on. Any other error is from the connection: part of a reply may have been sent,
// so the error is final and returned again.
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
	return w.write(frame)
}

// OpenReply appends what comes before the JSON of a reply, for [Writer.Send].
func OpenReply(dst []byte) []byte { return append(dst, replyOpen...) }

// RoomInReply is how many bytes the JSON of a reply of at most limit bytes may
// have; 0 or less means [DefaultReply].
func RoomInReply(limit int) int {
	if limit <= 0 {
		limit = DefaultReply
	}
	return max(limit-len(replyOpen)-len(replyClose), 0)
}

// Send is Reply for JSON that needs no change: frame is what [OpenReply] appended
// to an empty buffer, followed by one JSON object that is compact and escaped (W7,
// W8), such as package uapi appends. So a large reply is read and copied once.
// Send checks only for errors that would break the framing: a line feed or a tag
// inside, and a size above the limit. Errors are those of Reply.
func (w *Writer) Send(frame []byte) error {
	if w.final != nil {
		return w.final
	}
	json, opened := bytes.CutPrefix(frame, []byte(replyOpen))
	switch {
	case !opened || len(json) < 2 || json[0] != '{' || json[len(json)-1] != '}':
		return &ReplyError{"W10", 0, "a reply must be one JSON object", nil}
	case len(json) > RoomInReply(w.limit):
		return &ReplyError{"W15", 0, "the reply is larger than its bound; ask for less, such as one page of it", ErrReplyTooLarge}
	}
	if at := bytes.IndexByte(json, '<'); at >= 0 {
		return &ReplyError{"W8", at, "this must be escaped", nil}
	}
	if at := bytes.IndexByte(json, '\n'); at >= 0 {
		return &ReplyError{"W7", at, "a reply is one line", nil}
	}
	return w.write(append(frame, replyClose...))
}

func (w *Writer) write(frame []byte) error {
	n, err := w.dst.Write(frame)
	if err == nil && n < len(frame) {
		err = io.ErrShortWrite
	}
	if err != nil {
		w.final = fmt.Errorf("sending a reply of %d bytes: %w", len(frame), err)
	}
	return w.final
}
