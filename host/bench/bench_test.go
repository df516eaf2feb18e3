package main

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"liveapi.host/host/bench/internal/measure"

	"liveapi.host/protocol/liveapi"
)

// A payload has the size that its row says, also after a reply has escaped it.
func TestPayload(t *testing.T) {
	for _, size := range []int{1 << 10, 64 << 10, 1 << 20, 4 << 20} {
		payload := makePayload(size)
		if len(payload) != size || !json.Valid(payload) {
			t.Errorf("%d bytes for a size of %d", len(payload), size)
		}
		empty, err := liveapi.AppendReply(nil, []byte(`{}`), 0)
		if err != nil {
			t.Fatal(err)
		}
		reply, err := liveapi.AppendReply(nil, payload, maxReply)
		if err != nil {
			t.Fatal(err)
		}
		escaped := len(reply) - len(empty) + len(`{}`)
		if escaped <= size || escaped > size+size/100 {
			t.Errorf("a payload of %d bytes has %d in a reply; some and at most 1 %% more are wanted", size, escaped)
		}
	}
}

// What a ratio divides by is measured at the same numbers of callers.
func TestSelected(t *testing.T) {
	tables := func() []*table {
		return []*table{
			{name: "one", rows: []*row{{name: "first", callers: []int{1}}, {name: "second", callers: []int{8, 64}},
				{name: "third", callers: []int{1}, base: "second"}, {name: "fourth", callers: []int{2}}}},
			{name: "two", rows: []*row{{name: "first", callers: []int{1}}}},
		}
	}
	for only, wanted := range map[string]map[string][]int{
		"one/second": {"first": {8, 64}, "second": {8, 64}},
		"third":      {"second": {1}, "third": {1}},
		"o/first":    {"first": {1}},
	} {
		found, err := selected(tables(), regexp.MustCompile(only), nil)
		if err != nil || len(found) != 1 || len(found[0].rows) != len(wanted) {
			t.Fatalf("%s: %v %v", only, found, err)
		}
		for _, r := range found[0].rows {
			if !slices.Equal(r.callers, wanted[r.name]) {
				t.Errorf("%s: %s at %d callers; %d are wanted", only, r.name, r.callers, wanted[r.name])
			}
		}
	}
	found, err := selected(tables(), regexp.MustCompile("second"), []int{4})
	if err != nil || !slices.Equal(found[0].rows[0].callers, []int{4}) || !slices.Equal(found[0].rows[1].callers, []int{4}) {
		t.Errorf("-callers is not used: %v", err)
	}
	if _, err := selected(tables(), regexp.MustCompile("none"), nil); err == nil {
		t.Error("an expression that matches no row is accepted")
	}
}

func TestProcessTime(t *testing.T) {
	s := &server{pid: os.Getpid()}
	before, err := readClocks([]*server{s})
	if err != nil {
		t.Fatal(err)
	}
	const span = 20 * time.Millisecond
	if err := measure.Compute(span); err != nil {
		t.Fatal(err)
	}
	used, err := before.since()
	if err != nil || used.host < span || !used.hasHost {
		t.Errorf("%s was used: %+v %v", span, used, err)
	}
	tree, err := measure.Children()
	if err != nil || !slices.Contains(tree[os.Getppid()], os.Getpid()) {
		t.Errorf("this process is not below its parent: %v", err)
	}
}
