package modulerpc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"liveapi.host/protocol"
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
		"a frame above the bound": {laneFrame(maxFrame+1, ""), "are allowed"},
		"an empty frame":          {laneFrame(0, "xxxx"), "is 0"},
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

// kept is a frame that stays valid when the next one is received.
func kept(f frame) frame {
	if f.invoke != nil {
		call := *f.invoke
		f.invoke = &call
	}
	return f
}

func equal(a, b frame) bool { return proto.Equal(a.toWire(), b.toWire()) }

// Whatever arrives, the lane's own codec and protobuf's generated code read the same,
// and what the lane's own writes is what protobuf's writes.
func FuzzCodec(f *testing.F) {
	seeds, err := filepath.Glob("testdata/fuzz/FuzzCodec/*")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("the seeds are missing: %v", err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var call protocol.Call
		hot, ok := parseHot(data, &call)
		if !ok {
			return
		}
		w := new(pb.Frame)
		if err := proto.Unmarshal(data, w); err != nil {
			t.Fatalf("protobuf refuses what the lane reads: %v", err)
		}
		if want := frameFromWire(w); !reflect.DeepEqual(hot, want) {
			t.Fatalf("the lane reads\n%+v %+v %+v\nprotobuf\n%+v %+v %+v", hot, hot.invoke, hot.result, want, want.invoke, want.result)
		}
		got, err := appendFrame([]byte("before"), hot)
		if err != nil {
			t.Fatal(err)
		}
		want, err := proto.MarshalOptions{Deterministic: true}.Marshal(hot.toWire())
		if err != nil || string(got) != "before"+string(laneFrame(uint32(len(want)), string(want))) {
			t.Fatalf("the lane writes\n%x\nprotobuf\n%x, %v", got, want, err)
		}
	})
}

func FuzzLane(f *testing.F) {
	seeds, err := filepath.Glob("testdata/fuzz/FuzzLane/*")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("the seeds are missing: %v", err)
	}
	f.Fuzz(func(t *testing.T, data, sizes []byte) {
		read := func(sizes []byte) (frames []frame, end string) {
			l := newLane(&chunks{data: data, sizes: sizes})
			for {
				f, err := l.recv()
				if err != nil {
					return frames, err.Error()
				}
				frames = append(frames, kept(f))
				if len(l.in) > 4*len(data)+2*laneBuffer {
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
		for i, f := range whole {
			if !equal(f, pieces[i]) {
				t.Fatalf("frame %d differs by its pieces", i)
			}
			if err := writer.send(f); err != nil {
				t.Fatal(err)
			}
		}
		reader := newLane(&chunks{data: again.out.Bytes()})
		for i, f := range whole {
			if got, err := reader.recv(); err != nil || !equal(got, f) {
				t.Fatalf("frame %d: got %v, %v", i, got, err)
			}
		}
	})
}

var update = flag.Bool("update", false, "write the seeds of the fuzz targets anew")

// The committed seeds are what the lane writes today.
func TestLaneSeeds(t *testing.T) {
	out := &chunks{}
	l := newLane(out)
	for name, f := range map[string]*pb.Frame{
		"invoke": {Id: 1, Body: &pb.Frame_Invoke{Invoke: &pb.Invoke{
			CallId: 7, Account: "alice", Module: "Echo", Function: "echo", Api: 3, Args: []byte(`{"a":1}`), TimeoutUs: 30e6}}},
		"bare":   {Id: 300, Body: &pb.Frame_Invoke{Invoke: &pb.Invoke{}}},
		"result": {Id: 1, Body: &pb.Frame_Result{Result: &pb.Result{Status: 1, Data: []byte(`[1]`), Warnings: []string{"", "w"}}}},
		"failed": {Id: 1, Body: &pb.Frame_Result{Result: &pb.Result{Errors: []string{"no", "é"}, Messages: []string{"m"}}}},
	} {
		data, err := proto.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		checkSeed(t, "FuzzCodec", name, "[]byte("+strconv.Quote(string(data))+")\n")
	}
	for _, f := range []*pb.Frame{
		{Id: 1, Body: &pb.Frame_Invoke{Invoke: &pb.Invoke{CallId: 7, Account: "alice", Module: "Echo", Function: "echo", Api: 3,
			Args: []byte(`{"a":1}`), TimeoutUs: 30e6}}},
		{Id: 1, Body: &pb.Frame_Result{Result: &pb.Result{Status: 1, Data: []byte(`[1]`), Metadata: map[string][]byte{"k": []byte("1")}}}},
		{Id: 2, Body: &pb.Frame_Error{Error: &pb.Error{Code: 6, Text: "gone"}}},
		{Id: 1, Call: 1, Body: &pb.Frame_Swap{Swap: &pb.Swap{Key: "k", Old: 3, Delete: true}}},
		{Id: 3, Body: &pb.Frame_Ping{Ping: &pb.Ping{}}},
	} {
		if err := l.send(frameFromWire(f)); err != nil {
			t.Fatal(err)
		}
	}
	for name, data := range map[string]string{"frames": out.out.String(), "torn": out.out.String()[:60], "empty": "\x00\x00\x00\x00", "large": "\xff\xff\xff\xffx"} {
		checkSeed(t, "FuzzLane", name, "[]byte("+strconv.Quote(data)+")\n[]byte(\"\\x00\\x03\")\n")
	}
}

func checkSeed(t *testing.T, target, name, arguments string) {
	t.Helper()
	dir, want := filepath.Join("testdata", "fuzz", target), "go test fuzz v1\n"+arguments
	if *update {
		if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, name), []byte(want), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
		t.Errorf("the seed %s is not up to date; run go test -run Seeds -update (%v)", name, err)
	}
}
