package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/host/call"
	"liveapi.host/protocol"
	"liveapi.host/protocol/liveapi"
	"liveapi.host/protocol/uapi"
)

// Stream is what a session runs on: a connection, or a pair of pipes. Deadlines
// may have no effect where the system does not support them (a file as standard
// input).
type Stream interface {
	io.ReadWriteCloser
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
}

// Limits bounds a session (W12, W15). Zero values mean the defaults.
type Limits struct {
	Payload int           // bytes of a request; 0: 1 MiB, at most 16 MiB
	Reply   int           // bytes of a reply; 0: 4 MiB
	Idle    time.Duration // between two requests; 0: 5 min
	Header  time.Duration // for a length line, from its first byte; 0: 5 s
	Body    time.Duration // for a body to arrive; 0: 30 s
	Write   time.Duration // for the caller to read a reply; 0: 30 s
}

// keptBody is the largest reply buffer that a session keeps for the next reply, in bytes.
const keptBody = 16 << 10

// parting is how long the host still reads from a session that it has ended.
const parting = time.Second

func (l Limits) withDefaults() Limits {
	set := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	set(&l.Idle, 5*time.Minute)
	set(&l.Header, 5*time.Second)
	set(&l.Body, 30*time.Second)
	set(&l.Write, 30*time.Second)
	return l
}

// Texts translates keys of pages (U §9). Implementations are safe for concurrent use.
type Texts interface {
	// Text returns the text of a key in a language, such as "en" or "pt_br".
	Text(locale, key string) (text string, ok bool)
}

// Trace gets every frame, with the manifest of the function that was called; nil
// when there is none. A frame may hold secrets: the implementation must redact
// them. Implementations are safe for concurrent use.
type Trace interface {
	Request(account string, payload []byte, f *protocol.Function)
	Reply(account string, body []byte, f *protocol.Function)
}

// Door serves sessions. Its fields must not change after the first Serve.
type Door struct {
	Host   *call.Host
	Limits Limits
	Texts  Texts            // for langprint; nil: the text of a key is the key
	Trace  Trace            // nil: no trace
	Now    func() time.Time // nil: time.Now
	Log    hclog.Logger     // nil: no log

	large buffers
}

// Serve serves the requests of one caller until the caller ends the session, a
// request puts the stream out of step, or ctx is done. It closes the stream. The
// caller's identity must come from the kernel (W17).
func (d *Door) Serve(ctx context.Context, stream Stream, caller call.Caller) {
	s := &session{
		host:   d.Host,
		texts:  d.Texts,
		trace:  d.Trace,
		now:    d.Now,
		ctx:    ctx,
		caller: caller,
		stream: stream,
		limits: d.Limits.withDefaults(),
		large:  &d.large,
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.log = hclog.NewNullLogger()
	if d.Log != nil {
		s.log = d.Log.With("account", caller.Account)
	}
	s.reader = liveapi.NewReader(stream, liveapi.Limits{Payload: d.Limits.Payload, Phase: s.phase})
	s.writer = liveapi.NewWriter(stream, d.Limits.Reply)
	defer stream.Close()
	// When ctx is done, a session that waits for a request ends at once; a session
	// that runs a call sends the reply first.
	defer context.AfterFunc(ctx, func() { stream.SetReadDeadline(time.Unix(1, 0)) })()
	for ctx.Err() == nil {
		frame, err := s.reader.Next()
		if err != nil {
			s.ended(err)
			return
		}
		if !s.answer(frame) {
			return
		}
	}
}

// session is the session of one caller; it runs in one goroutine.
type session struct {
	host  *call.Host
	texts Texts
	trace Trace
	now   func() time.Time
	log   hclog.Logger

	ctx    context.Context // done when the host stops
	caller call.Caller
	stream Stream
	limits Limits
	reader *liveapi.Reader
	writer *liveapi.Writer
	body   []byte   // a buffer for a reply, for reuse
	large  *buffers // the door's

	readUntil, writeUntil time.Time // the deadlines that are set

	tagged   bool              // the request is a tag: its reply has no field names by which to redact secrets
	setvars  map[string]string // variables that the caller has set, for its tags
	failures map[string]string // the last error of each module, for $CPERROR
}

// phase sets the deadline of the next read. Setting a deadline costs as much as a
// read, so the idle deadline is only renewed after a tenth of Limits.Idle.
func (s *session) phase(p liveapi.Phase) {
	now := s.now()
	var until time.Time
	switch p {
	case liveapi.PhaseIdle:
		until = now.Add(s.limits.Idle)
		if gone := until.Sub(s.readUntil); gone >= 0 && gone < s.limits.Idle/10 {
			return
		}
	case liveapi.PhaseHeader:
		until = now.Add(s.limits.Header)
	case liveapi.PhaseBody:
		until = now.Add(s.limits.Body)
	}
	s.readUntil = until
	s.stream.SetReadDeadline(until)
	if s.ctx.Err() != nil { // the deadline of Serve's AfterFunc may just have been overwritten
		s.stream.SetReadDeadline(time.Unix(1, 0))
	}
}

// ended logs why a session ended (W13), and sends a last reply if the caller can
// still read one.
func (s *session) ended(err error) {
	var framing *liveapi.FramingError
	var reading *liveapi.ReadError
	switch {
	case err == io.EOF:
		s.log.Debug("a session ended")
	case s.ctx.Err() != nil:
		s.log.Debug("a session ended with the host")
	case errors.As(err, &framing):
		s.refuse("a session is out of step and is closed", framing.Rule, liveapi.Request{}, framing.Text(), framing.Error())
		s.part()
	case errors.Is(err, os.ErrDeadlineExceeded) && errors.As(err, &reading) && reading.Phase == liveapi.PhaseIdle:
		s.log.Debug("an idle session was closed", "after", s.limits.Idle)
	case errors.Is(err, os.ErrDeadlineExceeded):
		s.refuse("a stalled request was cut off", "W12", liveapi.Request{},
			"The request did not arrive in time (W12): send the length line and the body at once.", err.Error())
		s.part()
	case errors.Is(err, io.ErrUnexpectedEOF):
		s.log.Warn("a session ended inside a request", "rule", "W13", "error", err)
	default:
		s.log.Debug("a session was lost", "error", err)
	}
}

// part closes the stream for writing and discards what the caller still sends, for
// one second at most. A caller that is cut off while it writes could not read the
// last reply.
func (s *session) part() {
	half, ok := s.stream.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	s.stream.SetReadDeadline(s.now().Add(parting))
	if s.ctx.Err() == nil {
		io.Copy(io.Discard, s.stream)
	}
}

// refuse sends an error reply to a request that cannot be read (W10). The id in
// the text is also in the log. It reports whether the reply was sent.
func (s *session) refuse(event, rule string, request liveapi.Request, toCaller, toLog string) bool {
	id := s.host.NewCall(s.caller).ID
	s.log.Warn(event, "call", id.String(), "rule", rule, "error", toLog)
	body := func(text string) []byte {
		return uapi.AppendUnreadable(s.body[:0], string(request.Module), string(request.Function), fmt.Sprintf("%s (id %s)", text, id))
	}
	s.showReply(body(toLog), nil) // only the text for the caller may quote what the caller sent
	s.body = body(toCaller)
	return s.write() == nil
}

// answer serves one request and reports whether the session continues.
func (s *session) answer(frame liveapi.Frame) bool {
	if frame.Bare {
		return false // the caller has announced no length and reads no reply (W5)
	}
	request, err := liveapi.ParseRequest(frame.Payload)
	if err == nil && request.IsCall() {
		return s.action(request, frame.Payload)
	}
	s.showRequest(frame.Payload, nil)
	if err != nil {
		rule := ""
		if refused, is := errors.AsType[*liveapi.RequestError](err); is {
			rule = refused.Rule
		}
		return s.refuse("a request was refused", rule, request, err.Error(), err.Error())
	}
	switch request.Kind {
	case liveapi.KindJSON:
		s.body = append(s.body[:0], liveapi.EnabledReply...)
	case liveapi.KindShutdown:
		s.body = append(s.body[:0], liveapi.ShutdownReply...)
		s.reply()
		return false
	default:
		return s.tag(request)
	}
	return s.reply()
}

// action runs a call and sends the result in the envelope of its API.
func (s *session) action(request liveapi.Request, payload []byte) bool {
	s.tagged = false
	c := s.host.NewCall(s.caller)
	c.API = request.API
	c.Module, c.Function = s.host.Names(request.Module, request.Function, request.API)
	shown := s.showCall(c, payload, false)
	result := s.invoke(c, request.Args)
	if !shown {
		s.showCall(c, payload, true)
	}
	return s.result(c, result)
}

// showCall traces a call once the manifest of its function is known, because the
// manifest says which arguments are secret. The first call of a module loads the
// manifest, so a call is traced at the latest when it is over.
func (s *session) showCall(c *protocol.Call, payload []byte, over bool) (shown bool) {
	if s.trace == nil {
		return true
	}
	f := s.host.Function(c)
	if f == nil && !over {
		return false
	}
	s.trace.Request(s.caller.Account, payload, f)
	return true
}

func (s *session) showRequest(payload []byte, f *protocol.Function) {
	if s.trace != nil {
		s.trace.Request(s.caller.Account, payload, f)
	}
}

func (s *session) showReply(body []byte, f *protocol.Function) {
	if s.trace != nil {
		s.trace.Reply(s.caller.Account, body, f)
	}
}

// invoke runs the call if its arguments have the form that its API needs (U9).
func (s *session) invoke(c *protocol.Call, args []byte) *protocol.Result {
	if len(args) > 0 && args[0] != '{' && c.API != protocol.API1 && !empty(args) {
		return protocol.Failed("The arguments must be one object of names and values (U7); lists and single values are for API 1.")
	}
	c.Args = args
	result, _ := s.host.Invoke(context.Background(), c) // its error is always nil
	s.remember(c.Module, result)
	return result
}

// empty reports whether args are PHP's empty array (U9).
func empty(args []byte) bool {
	return args[0] == '[' && len(bytes.TrimSpace(args[1:len(args)-1])) == 0
}

// result sends the result of a call, and reports whether the session continues. If
// the result cannot be sent, it sends an error instead.
func (s *session) result(c *protocol.Call, result *protocol.Result) bool {
	log := func() hclog.Logger {
		return s.log.With("call", c.ID.String(), "module", c.Module, "function", c.Function)
	}
	frame := liveapi.OpenReply(s.buffer(result))
	start := len(frame)
	frame, err := uapi.Append(frame, c, result, liveapi.RoomInReply(s.limits.Reply))
	switch {
	case errors.Is(err, uapi.ErrTooLarge):
		log().Warn("a result is too large for a reply")
	case err != nil:
		log().Error("a result cannot be sent", "error", err)
	}
	s.renewWrite()
	if err := s.writer.Send(frame); err != nil {
		if _, refused := errors.AsType[*liveapi.ReplyError](err); refused {
			log().Error("a reply is not in the form of the wire; the session is closed", "error", err)
		} else {
			log().Debug("a caller disconnected before its reply was sent", "error", err)
		}
		return false
	}
	if s.trace != nil {
		body := frame[start:]
		if s.tagged {
			body = nil
		}
		s.trace.Reply(s.caller.Account, body, s.host.Function(c))
	}
	s.keep(frame)
	return true
}

// buffer returns an empty buffer for the reply with a result: the session's own, or
// for a large result one that the sessions share.
func (s *session) buffer(result *protocol.Result) []byte {
	if result == nil || len(result.Data) <= keptBody {
		return s.body[:0]
	}
	most := len(result.Data) + len(result.Data)/16 + keptBody // some bytes get escapes
	return s.large.take(most)
}

// keep takes a buffer back.
func (s *session) keep(b []byte) {
	if cap(b) <= keptBody {
		s.body = b
	} else {
		s.large.give(b)
	}
}

// reply sends s.body and reports whether it was sent.
func (s *session) reply() bool {
	body := s.body
	if s.write() != nil {
		return false
	}
	s.showReply(body, nil)
	return true
}

// write sends s.body as one reply.
func (s *session) write() error {
	s.renewWrite()
	err := s.writer.Reply(s.body)
	if cap(s.body) > keptBody {
		s.body = nil
	}
	return err
}

// renewWrite renews the deadline of writes when half of it has gone by, so a
// reader may be slow for at least half of Write.
func (s *session) renewWrite() {
	if now := s.now(); s.writeUntil.Sub(now) < s.limits.Write/2 {
		s.writeUntil = now.Add(s.limits.Write)
		s.stream.SetWriteDeadline(s.writeUntil)
	}
}
