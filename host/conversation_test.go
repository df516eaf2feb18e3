package host_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the replies of the golden conversations")

// TestConversationsW3W7 replays the golden conversations and compares them byte for
// byte: frame by frame, byte by byte, and pipelined. Some of them are also replayed by
// the callers' libraries, others only here.
func TestConversationsW3W7(t *testing.T) {
	for _, folder := range []string{"../protocol/testdata/conversations", "testdata/conversations"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.txtar"))
		if err != nil || len(files) == 0 {
			t.Fatal("no conversations", folder, err)
		}
		for _, file := range files {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
				f := serve(t, asAlice)
				if *update {
					renew(t, f, file, archive)
				}
				t.Run("frame by frame", func(t *testing.T) { replay(t, f, archive, stepwise) })
				t.Run("byte by byte", func(t *testing.T) { replay(t, f, archive, bytewise) })
				t.Run("pipelined in one write", func(t *testing.T) { replay(t, f, archive, pipelined) })
			})
		}
	}
}

// step is one request of a conversation and its reply.
type step struct {
	name           string
	request, reply string
}

// steps reads the requests and replies of a conversation.
func steps(t *testing.T, archive *txtar.Archive) []step {
	t.Helper()
	files := make(map[string]string)
	for _, f := range archive.Files {
		files[f.Name] = string(f.Data)
	}
	var all []step
	for n := 1; ; n++ {
		s := step{name: fmt.Sprint(n)}
		request, asked := files[s.name+".request"]
		if s.reply = files[s.name+".reply"]; asked {
			s.request = frame(strings.TrimSuffix(request, "\n"))
			all = append(all, s)
		} else if _, called := files[s.name+".call"]; !called {
			break
		}
	}
	if len(all) == 0 {
		t.Fatal("the conversation sends nothing")
	}
	return all
}

func replay(t *testing.T, f *fixture, archive *txtar.Archive, deliver func(*caller, []step, func(step))) {
	c := f.dial(t)
	all := steps(t, archive)
	deliver(c, all, func(s step) {
		if got := c.reply(); got != s.reply {
			t.Errorf("step %s\n got %q\nwant %q", s.name, got, s.reply)
		}
	})
	if strings.Contains(all[len(all)-1].request, "shutdown") {
		c.over()
	} else {
		c.alive()
	}
}

func stepwise(c *caller, all []step, check func(step)) {
	for _, s := range all {
		c.send(s.request)
		check(s)
	}
}

func bytewise(c *caller, all []step, check func(step)) {
	for _, s := range all {
		for i := range len(s.request) {
			c.send(s.request[i : i+1])
		}
		check(s)
	}
}

func pipelined(c *caller, all []step, check func(step)) {
	var requests strings.Builder
	for _, s := range all {
		requests.WriteString(s.request)
	}
	c.send(requests.String())
	for _, s := range all {
		check(s)
	}
}

// renew writes the host's current replies into the file.
func renew(t *testing.T, f *fixture, file string, archive *txtar.Archive) {
	t.Helper()
	c := f.dial(t)
	replies := make(map[string]string)
	for _, s := range steps(t, archive) {
		c.send(s.request)
		replies[s.name+".reply"] = c.reply()
	}
	for i, member := range archive.Files {
		if reply, ok := replies[member.Name]; ok {
			archive.Files[i].Data = []byte(reply)
		}
	}
	text := txtar.Format(archive)
	if old, err := os.ReadFile(file); err != nil || bytes.Equal(old, text) {
		return
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestW9Envelopes: each kind of reply has its envelope.
func TestW9Envelopes(t *testing.T) {
	f := serve(t)
	c := f.dial(t)
	call := func(function, api, rest string) string {
		return action(`{"module":"Echo","func":"` + function + `","apiversion":` + api + rest + `}`)
	}
	for _, e := range []struct{ name, payload, begins, has string }{
		{"UAPI", call("echo", `"uapi"`, `,"args":{"a":"b"}`), `{"apiversion":3,"func":"echo","module":"Echo","result":{"data":{"a":"b"},`, `"status":1,`},
		{"UAPI by number", call("echo", `3`, ``), `{"apiversion":3,`, `"status":1,`},
		{"UAPI by default", action(`{"func":"list","module":"Echo"}`), `{"apiversion":3,`, `"data":[1,2,3],`},
		{"UAPI failed", call("fail", `"3"`, ``), `{"apiversion":3,`, `"status":0,`},
		{"UAPI without the function", call("nothing", `3`, ``), `{"apiversion":3,`, `could not find the function “nothing” in the module “Echo”.`},
		{"UAPI without the module", action(`{"module":"Echoes","func":"a"}`), `{"apiversion":3,`, `Can't locate Cpanel/API/Echoes.pm in @INC`},
		{"API 2", call("rows", `2`, `,"args":{"a":"b"}`), `{"cpanelresult":{"apiversion":2,"data":[{"a":"b"}],`, `"event":{"result":1}`},
		{"API 2 failed", call("nothing", `"2"`, ``), `{"cpanelresult":{"apiversion":2,"data":[],"error":`, `"event":{"result":0}`},
		{"API 1", call("text", `1`, `,"args":["a","b"]`), `{"apiversion":"1","data":{"result":["a","b"]},`, `"source":"internal","type":"event"}`},
		{"API 1 failed", call("nothing", `"1"`, ``), `{"apiversion":"1","data":{"result":""},"error":`, `"event":{"result":0}`},
		{"a function of another API", call("rows", `3`, ``), `{"apiversion":3,`, `could not find the function`},
		{"print", action(`{"module":"print","func":"","apiversion":"1","args":"$user"}`), `{"apiversion":"1",`, `"module":"print"`},
		{"if", action(`{"module":"if","reqtype":"if","func":"if","apiversion":"1","args":"1"}`), `{"cpanelresult":{"apiversion":1,`, `"module":"if"`},
		{"feature", action(`{"module":"feature","reqtype":"feature","func":"feature","apiversion":"","args":"x"}`), `{"cpanelresult":{"apiversion":1,`, `"module":"feature"`},
		{"unreadable", action(`{"module":"Echo"`), `{"apiversion":3,"data":{"reason":`, `"result":{"data":null,"errors":["`},
	} {
		got := c.ask(e.payload)
		if !strings.HasPrefix(got, opening+e.begins) {
			t.Errorf("%s: the reply does not begin with %s:\n%s", e.name, e.begins, got)
		}
		contains(t, e.name, got, e.has)
	}
}

// TestU9NoArguments: the forms in which PHP and others send an empty map are
// accepted; a list is only accepted for API 1.
func TestU9NoArguments(t *testing.T) {
	f := serve(t)
	c := f.dial(t)
	for _, args := range []string{`[]`, `[ ]`, `{}`, `null`} {
		contains(t, args, c.ask(uapiCall("list", args)), `"status":1`)
	}
	for _, args := range []string{`["a"]`, `"a"`, `""`, `[[]]`} {
		contains(t, args, c.ask(uapiCall("list", args)), `"status":0`, "one object of names and values (U7)")
	}
}
