// Command probe is the module program of the end-to-end tests: it returns what a
// module process receives, and responds when a test tells it to.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"
	"sync"

	"liveapi.host/protocol"
	"liveapi.host/protocol/modulerpc"
)

func main() {
	if !modulerpc.Launched() {
		fmt.Fprintln(os.Stderr, "probe: a LiveAPI host starts this program")
		os.Exit(2)
	}
	log := modulerpc.NewLogger("probe")
	p := &probe{}
	p.changed.L = &p.mu
	modulerpc.Serve(p, log)
}

type probe struct {
	mu      sync.Mutex
	changed sync.Cond
	blocked int // running calls of block
}

func (*probe) Describe(context.Context) ([]protocol.Manifest, error) {
	function := func(name, doc string, params ...protocol.Field) protocol.Function {
		return protocol.Function{Name: name, Doc: doc, API: protocol.UAPI, Params: params}
	}
	text := func(name, doc string) protocol.Field { return protocol.Field{Name: name, Doc: doc, Type: "string"} }
	tags, loud, key := text(
		"tag",
		"What it is about.",
	), protocol.Field{
		Name: "loud",
		Doc:  "1 to shout.",
		Type: "flag",
	}, text(
		"key",
		"A secret.",
	)
	tags.List, key.Secret, key.Required = true, true, true
	n := protocol.Field{Name: "n", Doc: "A number.", Type: "number", Required: true}
	return []protocol.Manifest{{
		Module: "Probe", Doc: "What the end-to-end tests call.", Version: "1.0.0",
		Functions: []protocol.Function{
			function("arguments", "Answers its arguments as they came.\nNothing is done with them.", tags, loud, key),
			{Name: "arguments", API: protocol.API2, Doc: "Answers its arguments as they came, for API 2.", Params: []protocol.Field{tags}},
			function("awkward", "Answers values that a format could spoil."),
			function("block", "Answers when the caller's time is up."),
			function("blocking", "Answers once n calls of block are under way, with the process.", n),
			function("echo", "Answers n.", n),
			function("environment", "The names of the environment."),
			{Name: "fails", API: protocol.API2, Doc: "Fails, for API 2."},
			function("noise", "Writes to standard output and standard error, which are not a module's to write to."),
			function("whoami", "The account of the call, and the process."),
		},
	}}, nil
}

func (p *probe) Invoke(ctx context.Context, call *protocol.Call) (*protocol.Result, error) {
	if call.Function == "arguments" && call.API == protocol.API2 {
		return data([]json.RawMessage{call.Args})
	}
	if call.Function == "arguments" {
		return data(call.Args)
	}
	var in struct {
		N json.Number `json:"n"`
	}
	if len(call.Args) > 0 {
		if err := json.Unmarshal(call.Args, &in); err != nil {
			return protocol.Failed(err.Error()), nil
		}
	}
	switch call.Function {
	case "awkward":
		return &protocol.Result{Status: 1, Data: json.RawMessage(awkward), Warnings: []string{"as\nawkward"}}, nil
	case "fails":
		return protocol.Failed("it always does"), nil
	case "block":
		p.enter(1)
		defer p.enter(-1)
		<-ctx.Done()
		return nil, ctx.Err()
	case "blocking":
		n, err := in.N.Int64()
		if err != nil {
			return protocol.Failed(err.Error()), nil
		}
		p.await(int(n))
		return data(map[string]any{"pid": os.Getpid()})
	case "echo":
		return data(map[string]any{"n": in.N})
	case "environment":
		return data(map[string]any{"names": names()})
	case "noise":
		// More than a pipe holds and the host reads at once: when the last line is
		// written, the host has logged the first.
		for range 2000 {
			fmt.Println("<?xml version=\"1.0\" ?>\n<cpanelresult>{\"forged\":1}</cpanelresult>")
			fmt.Fprintln(os.Stderr, "noise")
		}
		return data(nil)
	case "whoami":
		return data(map[string]any{"account": call.Account, "pid": os.Getpid()})
	}
	return nil, fmt.Errorf("no function %q", call.Function)
}

// awkward are values whose type or text a format could lose.
const awkward = `{"zip":"00501","answer":"yes","none":"null","big":123456789012345678901234567890,"price":1.50,"lines":"a: b\n- c\n","empty":[],"nothing":null,"1 <tag>":"<&>","control":"a\u0001b"}`

func (p *probe) enter(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.blocked += n
	p.changed.Broadcast()
}

func (p *probe) await(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.blocked < n {
		p.changed.Wait()
	}
}

func names() []string {
	var list []string
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		list = append(list, name)
	}
	sort.Strings(list)
	return list
}

func data(value any) (*protocol.Result, error) {
	raw, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return &protocol.Result{Status: 1, Data: raw}, nil
}
