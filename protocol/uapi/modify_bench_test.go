package uapi_test

import (
	"encoding/json"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// mailboxes makes the data of an unordered list of mailboxes, about 200 bytes each.
func mailboxes(n int) []byte {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		k := (i * 7919) % n
		fmt.Fprintf(&b, `{"_diskquota":%d,"_diskused":%d,"diskquota":"unlimited","domain":"example%d.com","email":"user%06d@example%d.com","login":"user%06d@example%d.com","suspended_incoming":%d,"suspended_login":0,"user":"user%06d"}`,
			k%5*1048576, k*k%1000003, k%7, k, k%7, k, k%7, k%3%2, k)
	}
	return []byte("[" + b.String() + "]")
}

const (
	everyModifier = "api.filter_column=suspended_incoming&api.filter_type=eq&api.filter_term=0&api.sort_column=email&api.paginate_start=201&api.paginate_size=100&api.columns_a=email&api.columns_b=_diskused"
	numericSort   = "api.filter_column=domain&api.filter_term=EXAMPLE&api.sort_column=_diskused&api.sort_method=numeric&api.sort_reverse=1&api.paginate_size=100"
	onePage       = "api.paginate_start=201&api.paginate_size=100"
)

// Compares modifiers with decoding and encoding the rows once: in the two obvious ways,
// and in the cheapest way that separates the rows.
func BenchmarkModifiers(b *testing.B) {
	for _, n := range []int{10, 1000, 100_000} {
		data := mailboxes(n)
		run := func(name string, once func() error) {
			b.Run(fmt.Sprintf("%d/%s", n, name), func(b *testing.B) {
				b.SetBytes(int64(len(data)))
				b.ReportAllocs()
				for b.Loop() {
					if err := once(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		for _, c := range []struct{ name, query string }{{"filter+sort+page+columns", everyModifier}, {"filter+numeric+page", numericSort}, {"page", onePage}} {
			m := modifiers(b, c.query)
			run(c.name, func() error {
				_, err := m.Apply(b.Context(), &protocol.Result{Status: 1, Data: data})
				return err
			})
		}
		run("decode-encode/map-any", func() error { return again[[]map[string]any](data) })
		run("decode-encode/map-raw", func() error { return again[[]map[string]json.RawMessage](data) })
		run("decode-encode/raw", func() error { return again[[]json.RawMessage](data) })
		run("core", func() error {
			_, err := uapi.AppendCore(nil, &protocol.Result{Status: 1, Data: data})
			return err
		})
	}
}

func again[T any](data []byte) error {
	var rows T
	if err := json.Unmarshal(data, &rows); err != nil {
		return err
	}
	_, err := json.Marshal(rows)
	return err
}

func BenchmarkHasModifiers(b *testing.B) {
	args := raw(`{"domain":"example.com","regex":"al","path":"\/home\/alice"}`)
	b.ReportAllocs()
	for b.Loop() {
		uapi.HasModifiers(args, protocol.UAPI)
	}
}

// allocated returns how many bytes one call allocates, and the number of allocations:
// the least of a few runs, since the runtime sometimes allocates for itself.
func allocated(once func()) (bytes, pieces uint64) {
	bytes, pieces = math.MaxUint64, math.MaxUint64
	for range 2 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		once()
		runtime.ReadMemStats(&after)
		bytes, pieces = min(bytes, after.TotalAlloc-before.TotalAlloc), min(pieces, after.Mallocs-before.Mallocs)
	}
	return bytes, pieces
}

// A page of a long list allocates little more than its own rows; with filter and sort,
// which must read every row, less than all rows.
func TestU12PageAllocatesWhatItReads(t *testing.T) {
	const few, many, little = 10_000, 100_000, 4096
	rows := map[int][]byte{few: mailboxes(few), many: mailboxes(many)}
	page := 100 * len(rows[many]) / many
	for _, c := range []struct {
		query   string
		n, most int // bytes
		pieces  uint64
	}{
		{onePage, many, page + little, 20},
		{"api.paginate_start=9901", few, page + little, 20},
		{"api.paginate_start=10001", few, little, 20},
		{onePage + "&api.columns_a=email", few, page + little, 30},
		{"api.filter_column=suspended_incoming&api.filter_type=eq&api.filter_term=0&" + onePage, few, page + 2*little, 40},
		{everyModifier, many, len(rows[many]), 60},
		{numericSort, few, len(rows[few]), 60},
	} {
		m, r := modifiers(t, c.query), &protocol.Result{Status: 1, Data: rows[c.n]}
		bytes, pieces := allocated(func() {
			if _, err := m.Apply(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		})
		t.Logf("%s: %d bytes in %d pieces; %d and %d are allowed", c.query, bytes, pieces, c.most, c.pieces)
		if bytes > uint64(c.most) || pieces > c.pieces {
			t.Errorf("%s: %d bytes in %d pieces, want at most %d in %d", c.query, bytes, pieces, c.most, c.pieces)
		}
	}
}

// A short list allocates little.
func TestModifiersOfAShortListAllocateLittle(t *testing.T) {
	r := &protocol.Result{Status: 1, Data: mailboxes(10)}
	m := modifiers(t, everyModifier)
	if bytes, _ := allocated(func() {
		if _, err := m.Apply(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}); bytes > 10_000 {
		t.Errorf("%d bytes for %d of data", bytes, len(r.Data))
	}
}
