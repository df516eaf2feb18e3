package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"liveapi.host/protocol"
)

func checkPrefix(ctx context.Context, s protocol.Storage) error {
	p := &probe{ctx: ctx, s: s}
	all := []string{
		"%", "%%", "%a", "*", "*a", "?", "?a", "A", "[", "[ab]", `\`, `\%`, "_", "_a", "a", "a%", "a%b", "a*b", "a/b", "a/b/c", "a_b",
		"aXb",
		"ab", "b", "z", "{", "~", "é", "éa", "ê", "\u07ff", "\u0800", "\uffff", "\U00010000", "\U0010ffff", "\U0010ffff\U0010ffff",
	}
	for _, key := range all {
		p.put(key, 0, "x")
	}
	prefixes := append([]string{
		"", "a/", "a/b/", "nothing", "\xc3", "\xc3\xa9", "\xe0", "\xef\xbf", "\xf0", "\xf4", "\xf4\x8f", "\xf4\x8f\xbf\xbf\xf4",
		"\xff", "a\xff", "\xff\xff", "\xff\xfe", "\xf4\x8f\xbf\xbf\xff", "\x00", "a\x00",
	}, all...)
	for _, prefix := range prefixes {
		p.lists(prefix, "", protocol.MaxList, after(all, prefix, "")...)
		for _, from := range []string{"a", "a%", "zz", prefix, prefix + "a", prefix + "\xff", "\xff", "\x00"} {
			p.lists(prefix, from, protocol.MaxList, after(all, prefix, from)...)
		}
	}
	return p.err
}

// after computes from all keys what List must return.
func after(all []string, prefix, after string) []string {
	var keys []string
	for _, key := range all {
		if strings.HasPrefix(key, prefix) && key > after {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

func checkOrder(ctx context.Context, s protocol.Storage) error {
	p := &probe{ctx: ctx, s: s}
	all := []string{
		"\U00010000",
		"\uffff",
		"\ufb01",
		"é",
		"z",
		"Z",
		"a",
		"10",
		"9",
		"a b",
		"a-b",
		"a/b",
		"aa",
		"a",
		"\u00a0",
		"~",
		" ",
		"ä",
	}
	slices.Sort(all)
	all = slices.Compact(all)
	for i := range all { // not in sorted order
		key := all[(i*7+3)%len(all)]
		p.put(key, 0, "x")
	}
	p.lists("", "", protocol.MaxList, all...)
	return p.err
}

// checkPaging needs more records than one page holds.
func checkPaging(ctx context.Context, s protocol.Storage) error {
	p := &probe{ctx: ctx, s: s}
	all := make([]string, protocol.MaxList+7)
	for i := range all {
		all[i] = fmt.Sprintf("page/%06d", i*3)
		p.put(all[i], 0, all[i])
	}
	p.put("pagd", 0, "before")
	p.put("page0", 0, "behind")
	for _, limit := range []int{protocol.MaxList, 333, 250} {
		var got []string
		for last := ""; p.err == nil; {
			recs := p.list("page/", last, limit)
			if len(recs) > limit || (len(recs) < limit && len(got)+len(recs) < len(all)) {
				p.fail("List with the limit %d returned %d records after %d of %d", limit, len(recs), len(got), len(all))
			}
			for _, rec := range recs {
				p.same(rec, rec.Key, rec.Version, rec.Key)
				got = append(got, rec.Key)
			}
			if len(recs) == 0 {
				break
			}
			if len(got) > len(all) {
				p.fail("pages of %d never end: the last began with %s after %s", limit, show(recs[0].Key), show(last))
			}
			last = recs[len(recs)-1].Key
		}
		if p.err == nil && !slices.Equal(got, all) {
			p.fail("pages of %d have %d records in total, want %d in order", limit, len(got), len(all))
		}
	}
	p.lists("page/", "page/000001", 2, "page/000003", "page/000006") // after need not exist
	p.lists("page/", all[len(all)-2], 1, all[len(all)-1])
	p.lists("page/", "pagd", 1, all[0])
	p.lists("page/", "page0", 1)
	for _, limit := range []int{0, -1, protocol.MaxList + 1, -1 << 31} {
		_, err := s.List(ctx, "", "", limit)
		p.refused(fmt.Sprintf("List with the limit %d", limit), err)
	}
	return p.err
}
