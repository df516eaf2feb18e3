package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"liveapi.host/host/bench/internal/measure"
)

// Request is a call as every peer carries it. It is about as long as one of LiveAPI.
type Request struct {
	Module   string    `json:"module"`
	Function string    `json:"function"`
	Args     arguments `json:"args"`
}

// arguments are those of every function. Their zero values do nothing.
type arguments struct {
	Name   string `json:"name,omitempty"`
	Micros int    `json:"micros,omitempty"` // of wait and compute
	Bytes  int    `json:"bytes,omitempty"`  // of payload
}

// Response is what comes back. Both names are exported for net/rpc.
type Response struct {
	Status   int             `json:"status"`
	Errors   []string        `json:"errors"`
	Messages []string        `json:"messages"`
	Warnings []string        `json:"warnings"`
	Metadata json.RawMessage `json:"metadata"`
	Data     json.RawMessage `json:"data"`
}

// work does what a request asks for, as the module Bench of bin/bench does.
func work(r Request) (Response, error) {
	done := Response{Status: 1, Metadata: json.RawMessage(`{}`), Data: json.RawMessage(`null`)}
	switch r.Function {
	case "empty":
		return done, nil
	case "wait":
		time.Sleep(time.Duration(r.Args.Micros) * time.Microsecond)
		return done, nil
	case "compute":
		return done, measure.Compute(time.Duration(r.Args.Micros) * time.Microsecond)
	case "payload":
		done.Data = payload(r.Args.Bytes)
		return done, nil
	}
	return done, fmt.Errorf("there is no function %q", r.Function)
}

// workJSON is work between JSON texts.
func workJSON(text []byte) ([]byte, error) {
	var r Request
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, err
	}
	done, err := work(r)
	if err != nil {
		return nil, err
	}
	return json.Marshal(done)
}

// payloads are the data of payload, by their size in bytes: made once.
var payloads sync.Map

func payload(size int) json.RawMessage {
	if known, ok := payloads.Load(size); ok {
		return known.(json.RawMessage)
	}
	made := makePayload(size)
	payloads.Store(size, made)
	return made
}

// makePayload returns an object of exactly size bytes (200 at least) with a list of
// rows, like a list of files.
func makePayload(size int) json.RawMessage {
	const open, between, end = `{"rows":[`, `],"rest":"`, `"}`
	var b bytes.Buffer
	b.WriteString(open)
	for i := 0; ; i++ {
		row := fmt.Sprintf(`{"file":"/home/bench/public_html/page %d.html","type":"text/html","size":%d,"changed":1764400000,"writable":1}`,
			i, 4096+i)
		if b.Len()+len(",")+len(row)+len(between)+len(end) > size {
			break
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(row)
	}
	b.WriteString(between)
	b.Write(bytes.Repeat([]byte("x"), max(size-b.Len()-len(end), 0)))
	b.WriteString(end)
	return b.Bytes()
}
