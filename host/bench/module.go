package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"liveapi.host/host/bench/internal/measure"

	"liveapi.host/protocol"
)

// recordKey is the record that the function ask reads; those that write writes
// have its size, in bytes.
const (
	recordKey  = "record"
	recordSize = 200
)

// benchModule has functions that do a known amount of one thing each. It is a bare
// protocol.Module, so that the time of the SDK is in the rows of real modules only.
type benchModule struct {
	mu       sync.Mutex
	payloads map[int]json.RawMessage
	versions map[string]protocol.Version // of the records of write
}

func newBenchModule() *benchModule {
	return &benchModule{payloads: make(map[int]json.RawMessage), versions: make(map[string]protocol.Version)}
}

// arguments are those of every function. Their zero values do nothing.
type arguments struct {
	Micros   int    `json:"micros"`   // of wait and compute
	Requests int    `json:"requests"` // of ask
	Key      string `json:"key"`      // of write: each caller has its own
	Bytes    int    `json:"bytes"`    // of payload
}

// Describe implements protocol.Module. Demo accounts may call everything, so that
// the host need not look at the account.
func (*benchModule) Describe(context.Context) ([]protocol.Manifest, error) {
	m := protocol.Manifest{Module: "Bench", Doc: "Does a known amount of one thing."}
	for _, f := range []struct{ name, doc string }{
		{"ask", "Sends requests to the host, alternating: for the account, for a record."},
		{"asked", "Reads the account and a record, which the host sends with the call."},
		{"compute", "Uses a processor for some microseconds."},
		{"empty", "Does nothing."},
		{"payload", "Returns data of some bytes."},
		{"wait", "Sleeps for some microseconds."},
		{"write", "Writes one record."},
	} {
		function := protocol.Function{Name: f.name, Doc: f.doc, API: protocol.UAPI, AllowDemo: true}
		if f.name == "asked" {
			function.Prefetch = protocol.Prefetch{Account: true, Records: []string{recordKey}}
		}
		m.Functions = append(m.Functions, function)
	}
	return []protocol.Manifest{m}, nil
}

// Invoke implements protocol.Module.
func (b *benchModule) Invoke(ctx context.Context, call *protocol.Call) (*protocol.Result, error) {
	done := &protocol.Result{Status: 1}
	if call.Function == "empty" {
		return done, nil
	}
	var in arguments
	if err := json.Unmarshal(call.Args, &in); err != nil {
		return nil, err
	}
	var err error
	switch call.Function {
	case "wait":
		time.Sleep(time.Duration(in.Micros) * time.Microsecond)
	case "compute":
		err = measure.Compute(time.Duration(in.Micros) * time.Microsecond)
	case "ask", "asked":
		err = ask(ctx, call.Host, in.Requests)
	case "write":
		err = b.write(ctx, call.Host.Storage(), in.Key)
	case "payload":
		done.Data = b.payload(in.Bytes)
	}
	return done, err
}

func ask(ctx context.Context, host protocol.Services, requests int) (err error) {
	for i := 0; i < requests && err == nil; i++ {
		if i%2 == 0 {
			_, err = host.Account(ctx, "")
		} else {
			_, err = host.Storage().Get(ctx, recordKey)
		}
	}
	return err
}

// write swaps a record once; its version is known from the time before.
func (b *benchModule) write(ctx context.Context, storage protocol.Storage, key string) error {
	b.mu.Lock()
	version, known := b.versions[key]
	b.mu.Unlock()
	if !known {
		r, err := storage.Get(ctx, key)
		if err != nil && !errors.Is(err, protocol.ErrNotFound) {
			return err
		}
		version = r.Version
	}
	version, err := storage.Swap(ctx, key, version, make([]byte, recordSize))
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.versions[key] = version
	return nil
}

func (b *benchModule) payload(size int) json.RawMessage {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.payloads[size] == nil {
		b.payloads[size] = makePayload(size)
	}
	return b.payloads[size]
}

// makePayload returns an object of exactly size bytes (100 at least) with a list of
// rows, like a list of files. Some texts have a character that a reply escapes
// (W8), few enough that the reply is longer by less than 1 %.
func makePayload(size int) json.RawMessage {
	const open, between, close = `{"rows":[`, `],"rest":"`, `"}`
	var b bytes.Buffer
	b.WriteString(open)
	for i := 0; ; i++ {
		name := "page"
		if i%8 == 2 {
			name = "R&D page"
		}
		row := fmt.Sprintf(`{"file":"/home/bench/public_html/%s %d.html","type":"text/html","size":%d,"changed":1764400000,"writable":1}`,
			name, i, 4096+i)
		if b.Len()+len(",")+len(row)+len(between)+len(close) > size {
			break
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(row)
	}
	b.WriteString(between)
	b.Write(bytes.Repeat([]byte("x"), max(size-b.Len()-len(close), 0)))
	b.WriteString(close)
	return b.Bytes()
}
