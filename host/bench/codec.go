package main

import (
	"fmt"
	"io"
	"testing"

	"liveapi.host/protocol"
	"liveapi.host/protocol/liveapi"
	"liveapi.host/protocol/uapi"
)

// printCodec measures what the host does with a frame, without any I/O.
func printCodec(out io.Writer) {
	result := &protocol.Result{Status: 1}
	codec := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		request, err := frameOf("Bench", "empty", emptyArgs)
		if err != nil {
			b.Fatal(err)
		}
		reader := liveapi.NewReader(&endless{request: request}, liveapi.Limits{})
		writer := liveapi.NewWriter(io.Discard, 0)
		call := &protocol.Call{API: protocol.UAPI, Module: "Bench", Function: "empty"}
		var body []byte
		for b.Loop() {
			frame, err := reader.Next()
			if err != nil {
				b.Fatal(err)
			}
			if _, err := liveapi.ParseRequest(frame.Payload); err != nil {
				b.Fatal(err)
			}
			if body, err = uapi.Append(body[:0], call, result, 0); err != nil {
				b.Fatal(err)
			}
			if err := writer.Reply(body); err != nil {
				b.Fatal(err)
			}
		}
	})
	fmt.Fprintf(out, "\nFrame codec (read, parse, envelope, reply): %d ns and %d allocations a call.\n",
		codec.NsPerOp(), codec.AllocsPerOp())
}

// endless delivers the same request again and again.
type endless struct {
	request []byte
	at      int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.request[e.at:])
	e.at = (e.at + n) % len(e.request)
	return n, nil
}
