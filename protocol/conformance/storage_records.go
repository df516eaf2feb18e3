package conformance

import (
	"context"
	"fmt"
	"strings"

	"liveapi.host/protocol"
)

func checkAbsent(ctx context.Context, s protocol.Storage) error {
	p := &probe{ctx: ctx, s: s}
	p.hasNot("a")
	p.lists("", "", 10)
	p.put("a", 0, "1")
	p.hasNot("A")
	p.hasNot("aa")
	return p.err
}

func checkReplace(ctx context.Context, s protocol.Storage) error {
	p := &probe{ctx: ctx, s: s}
	v := p.put("a", 0, "one")
	p.has("a", v, "one")
	v = p.put("a", v, "two")
	p.has("a", v, "two")
	v = p.put("a", v, "two") // the same value is still a new state
	p.has("a", v, "two")
	if recs := p.list("", "", 10); len(recs) == 1 {
		p.same(recs[0], "a", v, "two")
	}
	p.lists("", "", 10, "a")
	return p.err
}

func checkConflict(ctx context.Context, s protocol.Storage) error {
	p := &probe{ctx: ctx, s: s}
	p.conflict("a", 1, []byte("x")) // no record
	p.conflict("a", 1<<64-1, []byte("x"))
	p.hasNot("a")
	v1 := p.put("a", 0, "one")
	v2 := p.put("a", v1, "two")
	for _, old := range []protocol.Version{0, v1, v2 + 1, 1 << 63, 1<<64 - 1} {
		p.conflict("a", old, []byte("x"))
		p.conflict("a", old, nil)
		p.conflict("a", old, []byte{})
	}
	p.has("a", v2, "two")
	return p.err
}

func checkDelete(ctx context.Context, s protocol.Storage) error {
	p := &probe{ctx: ctx, s: s}
	p.remove("a", 0) // "there must be no record", and there is none
	p.hasNot("a")
	v := p.put("a", 0, "one")
	w := p.put("b", 0, "other")
	p.conflict("a", 0, nil)
	p.remove("a", v)
	p.hasNot("a")
	p.lists("", "", 10, "b")
	p.conflict("a", v, nil)
	p.conflict("a", v, []byte("x"))
	p.remove("a", 0)
	p.has("b", w, "other")
	return p.err
}

func checkVersions(ctx context.Context, s protocol.Storage) error {
	p := &probe{ctx: ctx, s: s}
	used := map[protocol.Version]bool{}
	use := func(v protocol.Version) protocol.Version {
		if used[v] && p.err == nil {
			p.fail("version %d of the key was used before", v)
		}
		used[v] = true
		return v
	}
	for round := range 6 {
		v := use(p.put("a", 0, "x"))
		for range round {
			v = use(p.put("a", v, "x"))
		}
		p.remove("a", v)
		if round%2 == 1 { // creating and deleting another key has no influence
			w := p.put("b", 0, "y")
			p.remove("b", w)
		}
	}
	v := use(p.put("a", 0, "now"))
	for old := range used {
		if old != v {
			p.conflict("a", old, []byte("stale"))
		}
	}
	p.has("a", v, "now")
	return p.err
}

func checkEmpty(ctx context.Context, s protocol.Storage) error {
	p := &probe{ctx: ctx, s: s}
	v := p.put("a", 0, "")
	p.has("a", v, "")
	for _, rec := range p.list("a", "", 10) {
		p.same(rec, "a", v, "")
	}
	p.lists("", "", 10, "a")
	v = p.put("a", v, "full")
	v = p.put("a", v, "")
	p.has("a", v, "")
	p.conflict("a", 0, []byte{}) // empty is a record
	p.remove("a", v)
	p.hasNot("a")
	return p.err
}

func checkBytes(ctx context.Context, s protocol.Storage) error {
	p := &probe{ctx: ctx, s: s}
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	values := []string{
		"\x00",
		"\x00\x00",
		"a\x00b",
		"\xff\xfe",
		"\xc0\x80",
		"null",
		"'; DROP TABLE record; --",
		string(all),
		strings.Repeat(string(all), 40),
	}
	for i, value := range values {
		key := fmt.Sprintf("k%d", i)
		p.has(key, p.put(key, 0, value), value)
	}
	return p.err
}

func checkRoom(ctx context.Context, s protocol.Storage) error {
	return checkBounds(ctx, s, RoomKey+1, RoomValue+1)
}

// checkBounds checks that the greatest key and value are accepted, and that a key of
// tooKey bytes and a value of tooValue bytes are refused.
func checkBounds(ctx context.Context, s protocol.Storage, tooKey, tooValue int) error {
	p := &probe{ctx: ctx, s: s}
	for _, key := range []string{
		"k", strings.Repeat("k", protocol.MaxKey), strings.Repeat("é", protocol.MaxKey/2), strings.Repeat("😀", protocol.MaxKey/4),
	} {
		p.has(key, p.put(key, 0, "x"), "x")
	}
	big := strings.Repeat("\xa5v", protocol.MaxValue/2)
	v := p.put("big", 0, big)
	p.has("big", v, big)
	for _, rec := range p.list("big", "", 1) {
		p.same(rec, "big", v, big)
	}
	for _, old := range []protocol.Version{0, v} {
		_, err := s.Swap(ctx, "big", old, make([]byte, tooValue))
		p.refused(fmt.Sprintf("Swap of %d bytes", tooValue), err)
	}
	p.has("big", v, big)
	long := strings.Repeat("k", tooKey)
	_, err := s.Swap(ctx, long, 0, []byte("x"))
	p.refused(fmt.Sprintf("Swap with a key of %d bytes", len(long)), err)
	_, err = s.Get(ctx, long)
	p.refused(fmt.Sprintf("Get with a key of %d bytes", len(long)), err)
	p.lists(long, "", 10)
	return p.err
}

func checkKeys(ctx context.Context, s protocol.Storage) error {
	p := &probe{ctx: ctx, s: s}
	for _, key := range []string{"", "\x00", "a\x00", "a\nb", "\r", "\t", "a\x1f", "\x7f", "\u0085", "a\u009f", "\xff", "a\xc3",
		"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80"} {
		_, err := s.Swap(ctx, key, 0, []byte("x"))
		p.refused(fmt.Sprintf("Swap of the key %q", key), err)
		_, err = s.Swap(ctx, key, 0, nil)
		p.refused(fmt.Sprintf("deleting Swap of the key %q", key), err)
		_, err = s.Get(ctx, key)
		p.refused(fmt.Sprintf("Get of the key %q", key), err)
	}
	p.lists("", "", 10)
	for _, key := range []string{" ", "a b", "/", "//", "..", "../x", "a/b/c", "%", "ÄÖ", "\u00a0", "\u200b", "\ufffd", "😀", "'", `"`,
		`\`} {
		p.has(key, p.put(key, 0, key), key)
	}
	return p.err
}

func checkDistinct(ctx context.Context, s protocol.Storage) error {
	p := &probe{ctx: ctx, s: s}
	all := []string{"a", "A", "a ", " a", "é", "e\u0301", "É", "ß", "ss", "ı", "i", "I", "1", "01", "1.0", "K", "\u212a"}
	versions := make([]protocol.Version, len(all))
	for i, key := range all {
		versions[i] = p.put(key, 0, fmt.Sprint(i))
	}
	for i, key := range all {
		p.has(key, versions[i], fmt.Sprint(i))
	}
	return p.err
}
