package liveapi_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"liveapi.host/protocol/liveapi"
)

const action120 = `<cpanelaction>
{"module":"Email","reqtype":"exec","func":"list_pops","apiversion":"uapi","args":{"domain":"example.com","regex":"al"}}
</cpanelaction>`

func framed(payload string) string { return fmt.Sprintf("%d\n%s", len(payload), payload) }

// repeating returns the same bytes again and again, size at a time: one read is
// one frame, or as much of it as fits.
type repeating struct {
	bytes string
	at    int
}

func (r *repeating) Read(p []byte) (int, error) {
	n := copy(p, r.bytes[r.at:])
	r.at = (r.at + n) % len(r.bytes)
	return n, nil
}

func BenchmarkReader(b *testing.B) {
	for name, payload := range map[string]string{
		"120B": action120, "3KiB": strings.Repeat("x", 3000), "64KiB": strings.Repeat("x", 64<<10), "1MiB": strings.Repeat("x", 1<<20),
	} {
		b.Run(name, func(b *testing.B) {
			phases := 0
			r := liveapi.NewReader(&repeating{bytes: framed(payload)}, liveapi.Limits{Phase: func(liveapi.Phase) { phases++ }})
			b.SetBytes(int64(len(payload)))
			b.ReportAllocs()
			for b.Loop() {
				if f, err := r.Next(); err != nil || len(f.Payload) != len(payload) {
					b.Fatal(err)
				}
			}
		})
	}
}

// Thirty frames arrive in each read (W3).
func BenchmarkReaderPipelined(b *testing.B) {
	r := liveapi.NewReader(&repeating{bytes: strings.Repeat(framed(action120), 25)}, liveapi.Limits{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Next(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseRequest(b *testing.B) {
	var members strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&members, `"name-%d":"value",`, i)
	}
	for name, payload := range map[string]string{
		"action":  action120,
		"escaped": `<cpanelaction>{"mod\u0075le":"Email","func":"list_pops","apiversion":"3","args":{"path":"\/home\/alice\u00e9"}}</cpanelaction>`,
		"print":   `<cpanel print="$CPDATA{'DNS'}">`,
		"1000":    `<cpanelaction>{"module":"A","func":"b","args":{` + strings.TrimSuffix(members.String(), ",") + `}}</cpanelaction>`,
		"64KiB":   `<cpanelaction>{"module":"A","func":"b","args":{"content":"` + strings.Repeat("x", 64<<10) + `"}}</cpanelaction>`,
	} {
		b.Run(name, func(b *testing.B) {
			p := []byte(payload)
			b.SetBytes(int64(len(p)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := liveapi.ParseRequest(p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

const core200 = `{"apiversion":3,"func":"list_pops","module":"Email","result":{"data":[{"email":"alice@example.com","login":"alice@example.com","suspended_login":0}],"errors":null,"messages":null,"metadata":{"transformed":1},"status":1,"warnings":null}}`

func BenchmarkReply(b *testing.B) {
	for name, json := range map[string]string{
		"240B":   core200,
		"html":   `{"data":"` + strings.Repeat("<p class='x'>text and more text</p>", 30) + `"}`,
		"umlaut": `{"data":"` + strings.Repeat("Grüße, 世界 🌍 ", 50) + `"}`,
		"64KiB":  `{"data":"` + strings.Repeat("x", 64<<10) + `"}`,
	} {
		b.Run(name, func(b *testing.B) {
			src := []byte(json)
			var buf []byte
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if buf, err = liveapi.AppendReply(buf[:0], src, 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkWriter(b *testing.B) {
	w := liveapi.NewWriter(io.Discard, 0)
	src := []byte(core200)
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Reply(src); err != nil {
			b.Fatal(err)
		}
	}
}
