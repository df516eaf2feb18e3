package liveapi_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"liveapi.host/protocol/liveapi"
)

// script is a source that returns one entry for each read: a string's bytes, or an error.
type script struct {
	steps []any
	reads int
}

func (s *script) Read(p []byte) (int, error) {
	s.reads++
	if len(s.steps) == 0 {
		return 0, io.EOF
	}
	switch step := s.steps[0].(type) {
	case error:
		s.steps = s.steps[1:]
		return 0, step
	case string:
		n := copy(p, step)
		if s.steps = s.steps[1:]; n < len(step) {
			s.steps = append([]any{step[n:]}, s.steps...)
		}
		return n, nil
	}
	panic("a step is a string or an error")
}

// all reads up to the first error; it returns a bare frame as "bare:…".
func all(r *liveapi.Reader) (frames []string, err error) {
	for {
		f, err := r.Next()
		if err != nil {
			return frames, err
		}
		if f.Bare {
			frames = append(frames, "bare:"+string(f.Payload))
		} else {
			frames = append(frames, string(f.Payload))
		}
	}
}

var framings = []struct {
	name   string
	stream string
	frames []string
	rule   string // of the FramingError; "" for a clean end, "torn" for a torn frame
}{
	{"nothing", "", nil, ""},
	{"one", "5\nhello", []string{"hello"}, ""},
	{"empty payload", "0\n", []string{""}, ""},
	{"three, pipelined (W3)", "1\na2\nbb3\nccc", []string{"a", "bb", "ccc"}, ""},
	{"bytes, not characters", "5\nü€1\nx", []string{"ü€", "x"}, ""},
	{"leading zeros", "0000000005\nhello", []string{"hello"}, ""},
	{"line feeds in a payload", "4\n\n\n5\n", []string{"\n\n5\n"}, ""},
	{"UTF-16 length of a Node client", "3\naé€", []string{"aé"}, "W4"},
	{"torn header", "12", nil, "torn"},
	{"torn before the payload", "12\n", nil, "torn"},
	{"torn payload", "12\nhello", nil, "torn"},
	{"second torn", "1\na2\nb", []string{"a"}, "torn"},
	{"line feed after a payload", "1\na\n1\nb", []string{"a"}, "W4"},
	{"eleven digits", "00000000005\nhello", nil, "W12"},
	{"overflow", "9999999999\n", nil, "W12"},
	{"over the bound", "1048577\n", nil, "W12"},
	{"at the bound", "1048576\n" + strings.Repeat("x", 1<<20), []string{strings.Repeat("x", 1<<20)}, ""},
	{"plus sign", "+5\nhello", nil, "W4"},
	{"minus sign", "-5\nhello", nil, "W4"},
	{"blank before", " 5\nhello", nil, "W4"},
	{"blank after", "5 \nhello", nil, "W12"},
	{"carriage return", "5\r\nhello", nil, "W12"},
	{"no digits", "\nhello", nil, "W4"},
	{"hexadecimal", "1f\nhello", nil, "W12"},
	{"Arabic digits", "٣\nabc", nil, "W4"},
	{"HTTP", "GET / HTTP/1.1\r\n\r\n", nil, "W4"},
	{"no length line", `<cpaneljson enable="1">`, nil, "W4"},
	{"bare shutdown", liveapi.ShutdownTag, []string{"bare:" + liveapi.ShutdownTag}, ""},
	{"bare shutdown, blanks", "\r\n \t" + liveapi.ShutdownTag + "\n", []string{"bare:\r\n \t" + liveapi.ShutdownTag}, ""},
	{"bare shutdown, after a frame", "1\na" + liveapi.ShutdownTag, []string{"a", "bare:" + liveapi.ShutdownTag}, ""},
	{"bare shutdown, torn", liveapi.ShutdownTag[:20], nil, "torn"},
	{"bare shutdown, not exact", `<cpanelxml shutdown="1"/>`, nil, "W4"},
	{"blanks only", " \n", nil, "torn"},
	{"very many blanks", strings.Repeat(" ", 33), nil, "W4"},
}

func TestW4W5W12W13Framing(t *testing.T) {
	for _, c := range framings {
		for name, chunked := range map[string]func(io.Reader) io.Reader{
			"whole": func(r io.Reader) io.Reader { return r }, "half": iotest.HalfReader,
			"single bytes": iotest.OneByteReader, "data with the error": iotest.DataErrReader,
		} {
			t.Run(c.name+"/"+name, func(t *testing.T) {
				r := liveapi.NewReader(chunked(strings.NewReader(c.stream)), liveapi.Limits{})
				frames, err := all(r)
				if !slices.Equal(frames, c.frames) {
					t.Errorf("frames %.200q, want %.200q", frames, c.frames)
				}
				var framing *liveapi.FramingError
				var read *liveapi.ReadError
				switch c.rule {
				case "":
					if err != io.EOF {
						t.Errorf("error %v, want io.EOF", err)
					}
				case "torn":
					if !errors.As(err, &read) || !read.Torn() || read.Timeout() {
						t.Errorf("error %v, want a torn frame", err)
					}
				default:
					if !errors.As(err, &framing) || framing.Rule != c.rule {
						t.Errorf("error %v, want a FramingError of %s", err, c.rule)
					}
				}
				if _, again := r.Next(); again != err {
					t.Errorf("the next error is %v, want the same one", again)
				}
			})
		}
	}
}

func TestW12Limits(t *testing.T) {
	for _, c := range []struct{ limit, accepted int }{
		{0, liveapi.DefaultPayload}, {-1, liveapi.DefaultPayload}, {100, 100}, {1 << 30, liveapi.MaxPayload},
	} {
		for _, more := range []int{0, 1} {
			r := liveapi.NewReader(strings.NewReader(fmt.Sprintf("%d\n", c.accepted+more)), liveapi.Limits{Payload: c.limit})
			_, err := r.Next()
			var framing *liveapi.FramingError
			if errors.As(err, &framing) != (more == 1) {
				t.Errorf("limit %d, length %d: %v (W12)", c.limit, c.accepted+more, err)
			}
		}
	}
}

func TestW13QuoteIsAtMost40Bytes(t *testing.T) {
	const tail = `rd":"hunter2"}</cpanelaction>`
	r := liveapi.NewReader(strings.NewReader(tail+strings.Repeat("\xff<", 1000)), liveapi.Limits{})
	_, err := r.Next()
	var framing *liveapi.FramingError
	if !errors.As(err, &framing) {
		t.Fatal(err)
	}
	if len(framing.Quote) != 40 || !strings.HasPrefix(string(framing.Quote), tail) {
		t.Errorf("quote %q, want the first 40 bytes", framing.Quote)
	}
	if text := framing.Text(); !strings.Contains(text, "W4") || !strings.Contains(text, "cpanelaction") || strings.Contains(text, "\xff") {
		t.Errorf("text %q, want the rule and a quote in ASCII", text)
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error, which is logged, quotes the input: %v", err)
	}
}

func TestW12Phases(t *testing.T) {
	late := fmt.Errorf("read unix: %w", os.ErrDeadlineExceeded)
	const idle, head, body = liveapi.PhaseIdle, liveapi.PhaseHeader, liveapi.PhaseBody
	for _, c := range []struct {
		name   string
		steps  []any
		frames int // before the error
		phases []liveapi.Phase
		failed liveapi.Phase // the phase of the timeout that ends it; 0 for a clean end
	}{
		{"one read a frame", []any{"1\na", "1\nb"}, 2, []liveapi.Phase{idle, idle, idle}, 0},
		{"pipelined", []any{"1\na1\nb1\nc"}, 3, []liveapi.Phase{idle, idle}, 0},
		{"in pieces", []any{"1", "0", "\n", "abc", "def", "ghij"}, 1, []liveapi.Phase{idle, head, body, idle}, 0},
		{"half the next frame", []any{"1\na1", "\n", "b"}, 2, []liveapi.Phase{idle, head, body, idle}, 0},
		{"late at first", []any{late}, 0, []liveapi.Phase{idle}, idle},
		{"late header", []any{"1", "2", late}, 0, []liveapi.Phase{idle, head}, head},
		{"late bare tag", []any{"<cpanel", late}, 0, []liveapi.Phase{idle, head}, head},
		{"late body", []any{"12\n", "x", late}, 0, []liveapi.Phase{idle, body}, body},
		{"late second frame", []any{"1\na", late}, 1, []liveapi.Phase{idle, idle}, idle},
	} {
		t.Run(c.name, func(t *testing.T) {
			var phases []liveapi.Phase
			r := liveapi.NewReader(&script{steps: c.steps}, liveapi.Limits{Phase: func(p liveapi.Phase) { phases = append(phases, p) }})
			frames, err := all(r)
			if len(frames) != c.frames || !slices.Equal(phases, c.phases) {
				t.Errorf("%d frames, phases %v; want %d, %v", len(frames), phases, c.frames, c.phases)
			}
			var read *liveapi.ReadError
			switch {
			case c.failed == 0:
				if err != io.EOF {
					t.Error(err)
				}
			case !errors.As(err, &read) || read.Phase != c.failed || !read.Timeout() || read.Torn() ||
				!errors.Is(err, os.ErrDeadlineExceeded):
				t.Errorf("error %v, want a time-out in phase %v", err, c.failed)
			}
		})
	}
}

func TestW12ResumesAfterATimeOut(t *testing.T) {
	late := os.ErrDeadlineExceeded
	var phases []liveapi.Phase
	r := liveapi.NewReader(
		&script{steps: []any{late, "1", late, "\n", late, "a"}},
		liveapi.Limits{Phase: func(p liveapi.Phase) { phases = append(phases, p) }},
	)
	for range 3 {
		if f, err := r.Next(); !errors.Is(err, late) {
			t.Fatal(f, err)
		}
	}
	if f, err := r.Next(); err != nil || string(f.Payload) != "a" {
		t.Fatal(f, err)
	}
	want := []liveapi.Phase{
		liveapi.PhaseIdle,
		liveapi.PhaseIdle,
		liveapi.PhaseHeader,
		liveapi.PhaseHeader,
		liveapi.PhaseBody,
		liveapi.PhaseBody,
	}
	if !slices.Equal(phases, want) {
		t.Errorf("phases %v, want %v", phases, want)
	}
}

func TestW13OtherErrorsAreFinal(t *testing.T) {
	reset := errors.New("connection reset")
	r := liveapi.NewReader(&script{steps: []any{"1\na", reset, "1\nb"}}, liveapi.Limits{})
	frames, err := all(r)
	var read *liveapi.ReadError
	if len(frames) != 1 || !errors.Is(err, reset) || !errors.As(err, &read) || read.Torn() || read.Timeout() {
		t.Errorf("%q, %v", frames, err)
	}
	if _, again := r.Next(); again != err {
		t.Errorf("again %v", again)
	}
}

// dying returns its bytes together with an error, as io.Reader allows, and does not
// return the error again.
type dying struct {
	data string
	err  error
}

func (d *dying) Read(p []byte) (int, error) {
	n := copy(p, d.data)
	err := d.err
	d.data, d.err = "", nil
	return n, err
}

func TestW13ErrorWithTheLastBytes(t *testing.T) {
	reset := errors.New("connection reset")
	frames, err := all(liveapi.NewReader(&dying{"1\na1\nb2\n", reset}, liveapi.Limits{}))
	if !slices.Equal(frames, []string{"a", "b"}) || !errors.Is(err, reset) {
		t.Errorf("%q, %v; want both frames, then the error", frames, err)
	}
}

// A source that breaks io.Reader's contract must not crash the host.
type broken struct{ n int }

func (b broken) Read(p []byte) (int, error) { return b.n, nil }

func TestReaderSurvivesABrokenSource(t *testing.T) {
	for _, n := range []int{0, -1, 1 << 20} {
		var read *liveapi.ReadError
		if _, err := liveapi.NewReader(broken{n}, liveapi.Limits{}).Next(); !errors.As(err, &read) {
			t.Errorf("%d: %v", n, err)
		}
	}
}

func TestW3PipelinedFramesNeedNoRead(t *testing.T) {
	s := &script{steps: []any{strings.Repeat(framed(action120), 20)}}
	r := liveapi.NewReader(s, liveapi.Limits{})
	for range 20 {
		if f, err := r.Next(); err != nil || string(f.Payload) != action120 {
			t.Fatal(string(f.Payload), err)
		}
	}
	if s.reads != 1 {
		t.Errorf("%d reads for 20 frames that had arrived, want 1", s.reads)
	}
}

// room records how much space each read offers.
type room struct {
	src   io.Reader
	space []int
}

func (r *room) Read(p []byte) (int, error) {
	r.space = append(r.space, len(p))
	return r.src.Read(p)
}

func TestW12MemoryGrowsAsBytesArrive(t *testing.T) {
	body := strings.Repeat("x", 300<<10)
	src := &room{src: io.MultiReader(strings.NewReader("16777216\n"), strings.NewReader(body))}
	_, err := liveapi.NewReader(src, liveapi.Limits{Payload: liveapi.MaxPayload}).Next()
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatal(err)
	}
	if src.space[1] > 4096 {
		t.Errorf("a header alone made room for %d bytes", src.space[1])
	}
	if most := slices.Max(src.space); most > 4*len(body) {
		t.Errorf("room for %d bytes after %d had arrived", most, len(body))
	}
}

func TestW12IdleReaderIsSmall(t *testing.T) {
	big := framed(strings.Repeat("x", 1<<20))
	src := &room{src: &script{steps: []any{"1\na", big, "1\nb"}}}
	if _, err := all(liveapi.NewReader(src, liveapi.Limits{})); err != io.EOF {
		t.Fatal(err)
	}
	if last := src.space[len(src.space)-1]; last > 4096 {
		t.Errorf("the reader waits with a buffer of %d bytes after a large frame", last)
	}
}

func TestReaderAllocatesNothing(t *testing.T) {
	r := liveapi.NewReader(&repeating{bytes: strings.Repeat(framed(action120), 7)}, liveapi.Limits{Phase: func(liveapi.Phase) {}})
	if n := testing.AllocsPerRun(1000, func() {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a frame, want 0", n)
	}
}
