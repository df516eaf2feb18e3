package modulerpc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"liveapi.host/protocol/modulerpc/internal/pb"
)

// chunks is a socket that delivers data in pieces of the given sizes, over and over.
type chunks struct {
	data  []byte
	sizes []byte
	n     int
	out   bytes.Buffer
}

func (c *chunks) Read(p []byte) (int, error) {
	if len(c.data) == 0 {
		return 0, io.EOF
	}
	size := len(c.data)
	if len(c.sizes) > 0 {
		size = int(c.sizes[c.n%len(c.sizes)]) + 1
		c.n++
	}
	n := copy(p, c.data[:min(size, len(c.data))])
	c.data = c.data[n:]
	return n, nil
}

func (c *chunks) Write(p []byte) (int, error)     { return c.out.Write(p) }
func (c *chunks) Close() error                    { return nil }
func (c *chunks) SetReadDeadline(time.Time) error { return nil }

func laneFrame(size uint32, body string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, size), body...)
}

func TestLaneRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"a frame above the bound": {laneFrame(maxFrame+1, ""), "the bound is"},
		"an empty frame":          {laneFrame(0, "xxxx"), "empty frame"},
		"what is no frame":        {laneFrame(3, "\xff\xff\xff"), "decode a frame"},
		"a torn frame":            {laneFrame(100, "x"), "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			if f, err := newLane(&chunks{data: c.data}).recv(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v", f, err)
			}
		})
	}
}

// An announced length costs nothing: memory follows what arrives.
func TestLaneGrowsAsBytesArrive(t *testing.T) {
	l := newLane(&chunks{data: laneFrame(maxFrame, strings.Repeat("x", 3*laneBuffer))})
	if _, err := l.recv(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("got %v", err)
	}
	if len(l.in) > 8*laneBuffer {
		t.Errorf("a buffer of %d bytes for %d that arrived", len(l.in), 3*laneBuffer)
	}
}

func FuzzLane(f *testing.F) {
	seeds, err := filepath.Glob("testdata/fuzz/FuzzLane/*")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("the seeds are missing: %v", err)
	}
	f.Fuzz(func(t *testing.T, data, sizes []byte) {
		read := func(sizes []byte) (frames []*pb.Frame, end string) {
			l := newLane(&chunks{data: data, sizes: sizes})
			for {
				frame, err := l.recv()
				if err != nil {
					return frames, err.Error()
				}
				frames = append(frames, frame)
				if len(l.in) > 4*len(data)+2*keptBuffer {
					t.Fatalf("a buffer of %d bytes for %d that arrived", len(l.in), len(data))
				}
			}
		}
		whole, end := read(nil)
		pieces, endOfPieces := read(sizes)
		if len(whole) != len(pieces) || end != endOfPieces {
			t.Fatalf("%d frames and %q whole, %d and %q in pieces", len(whole), end, len(pieces), endOfPieces)
		}
		// What was read is written and read again as the same.
		again := &chunks{}
		writer := newLane(again)
		for i, frame := range whole {
			if !proto.Equal(frame, pieces[i]) {
				t.Fatalf("frame %d differs by its pieces", i)
			}
			if err := writer.send(frame); err != nil {
				t.Fatal(err)
			}
		}
		reader := newLane(&chunks{data: again.out.Bytes()})
		for i, frame := range whole {
			if got, err := reader.recv(); err != nil || !proto.Equal(got, frame) {
				t.Fatalf("frame %d: got %v, %v", i, got, err)
			}
		}
	})
}

var update = flag.Bool("update", false, "write the seeds of the fuzz target anew")

// The committed seeds of FuzzLane are what the lane writes today.
func TestLaneSeeds(t *testing.T) {
	out := &chunks{}
	l := newLane(out)
	for _, f := range []*pb.Frame{
		{Id: 1, Body: &pb.Frame_Invoke{Invoke: &pb.Invoke{CallId: 7, Account: "alice", Module: "Echo", Function: "echo", Api: 3, Args: []byte(`{"a":1}`), TimeoutUs: 30e6}}},
		{Id: 1, Body: &pb.Frame_Result{Result: &pb.Result{Status: 1, Data: []byte(`[1]`), Metadata: map[string][]byte{"k": []byte("1")}}}},
		{Id: 2, Body: &pb.Frame_Error{Error: &pb.Error{Code: 6, Text: "gone"}}},
		{Id: 1, Call: 1, Body: &pb.Frame_Swap{Swap: &pb.Swap{Key: "k", Old: 3, Delete: true}}},
		{Id: 3, Body: &pb.Frame_Ping{Ping: &pb.Ping{}}},
	} {
		if err := l.send(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll("testdata/fuzz/FuzzLane", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{"frames": out.out.String(), "torn": out.out.String()[:60], "empty": "\x00\x00\x00\x00", "large": "\xff\xff\xff\xffx"} {
		want := "go test fuzz v1\n[]byte(" + strconv.Quote(data) + ")\n[]byte(\"\\x00\\x03\")\n"
		path := filepath.Join("testdata", "fuzz", "FuzzLane", name)
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("the seed %s is not up to date; run go test -run Seeds -update (%v)", name, err)
		}
	}
}
