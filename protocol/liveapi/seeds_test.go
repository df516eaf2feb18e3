package liveapi_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"liveapi.host/protocol/liveapi"
)

var update = flag.Bool("update", false, "write the generated seeds of the fuzz targets")

// needSeeds fails a fuzz target whose committed corpus is missing: it would start
// without seeds, and no one would notice.
func needSeeds(f *testing.F) {
	f.Helper()
	if entries, err := os.ReadDir(filepath.Join("testdata", "fuzz", f.Name())); err != nil || len(entries) == 0 {
		f.Fatalf("no seeds for %s; run go test -run Seeds -update (%v)", f.Name(), err)
	}
}

func bytesSeed(b string) string { return "[]byte(" + strconv.Quote(b) + ")" }

// seeds returns the generated part of every corpus: target, name, values.
func seeds(t *testing.T) map[string]map[string][]string {
	readers, requests, replies := map[string][]string{}, map[string][]string{}, map[string][]string{}
	var session strings.Builder
	for name, payload := range conversations(t, ".request") {
		payload = strings.TrimSuffix(payload, "\n")
		requests["golden-"+name] = []string{bytesSeed(payload)}
		readers["golden-"+name] = []string{bytesSeed(framed(payload)), bytesSeed("\x00\x06"), "uint16(4096)"}
	}
	for i := range 40 {
		session.WriteString(framed(strings.Repeat("x", i*i)))
	}
	readers["pipelined"] = []string{bytesSeed(session.String()), bytesSeed("\x00\xff\x10"), "uint16(2000)"}
	readers["bound"] = []string{bytesSeed(framed(strings.Repeat("x", 9000))), bytesSeed("\x63"), "uint16(8999)"}
	for i, c := range framings {
		if len(c.stream) < 1000 {
			readers[fmt.Sprintf("case-%02d", i)] = []string{bytesSeed(c.stream), bytesSeed("\x00\x01\x02"), "uint16(100)"}
		}
	}
	for i, payload := range []string{
		`<cpanel setvar="a=b">`, `<cpanel Email="listpops(a,b)">`, "<cpanelaction> </cpanelaction>", deep(32), deep(33), many(20, "k3"), many(15, "k15"), many(40, `k1\u0037`),
		wrap(`{"\u006dodule":"\u0045mail","func":"list","apiversion":3,"args":[1e5,-0.1,true,false,null,"\ud83c\udf0d\n"],"x":{"a":{"b":"c"}}}`),
		wrap(`{"module":"A","func":"b","args":{"\ud800":1}}`), wrap(`{"module":"A","func":"b","args":{"a":1,"\u0061":1}}`), wrap(`{"reqtype":"if"}`), wrap("{\"module\":\"\xff\"}"), wrap(`{"func":"twofactorauth_policy_status","apiversion":"whm1","args":{"user-1":"a"}}`), wrap(`{"module":"A","func":"b","apiversion":"whm1"}`),
	} {
		requests[fmt.Sprintf("case-%02d", i)] = []string{bytesSeed(payload)}
	}
	for name, reply := range conversations(t, ".reply") {
		json := strings.TrimSuffix(strings.TrimPrefix(reply, open), closing)
		replies["golden-"+name] = []string{"string(" + strconv.Quote(name) + ")", bytesSeed(json)}
	}
	for i, text := range []string{
		"</cpanelresult>\n<cpanelresult>{\"forged\":1}", "<?xml version=\"1.0\" ?>", "&amp;&#60;", "]]>", "\u2028\u2029\ufffe\uffff\ufffd", "\xff\xc0\xbc\xed\xa0\x80", "\x00\x1f\x7f\u0085",
		"aé€🌍", `\u003c`, `\ud800`, liveapi.ShutdownTag,
	} {
		replies[fmt.Sprintf("case-%02d", i)] = []string{
			"string(" + strconv.Quote(text) + ")",
			bytesSeed(` { "a" : [ "` + text + `" , 1.50E+3, null ] } `),
		}
	}
	return map[string]map[string][]string{"FuzzReader": readers, "FuzzParseRequest": requests, "FuzzReply": replies}
}

func TestSeedsAreCommitted(t *testing.T) {
	for target, cases := range seeds(t) {
		for name, values := range cases {
			path := filepath.Join("testdata", "fuzz", target, name)
			want := "go test fuzz v1\n" + strings.Join(values, "\n") + "\n"
			if *update {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if strings.HasPrefix(name, "golden-") {
				continue // conversations change for other reasons; an old one is an equally good seed
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != want {
				t.Errorf("%s is not up to date; run go test -run Seeds -update (%v)", path, err)
			}
		}
	}
}
