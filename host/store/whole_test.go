package store_test

import (
	"errors"
	"strings"
	"testing"

	"liveapi.host/host/store"
	"liveapi.host/protocol"
)

// The view of all records of a module has those of every account and of no account,
// but none of another module.
func TestWhole(t *testing.T) {
	engine := newSQLite(t)
	whole := store.Whole(engine, "A", true)
	put(t, store.Scope(engine, "A", "ann"), "x", "of ann")
	put(t, store.Scope(engine, "AB", "ann"), "x", "another module's")
	put(t, whole, "bob/x/y", "of bob")
	put(t, whole, "/x", "of nobody")

	want(t, whole, "ann/x", "of ann")
	want(t, store.Scope(engine, "A", "bob"), "x/y", "of bob")
	recs, err := whole.List(t.Context(), "", "", 100)
	if err != nil || len(recs) != 3 || recs[0].Key != "/x" || recs[1].Key != "ann/x" || recs[2].Key != "bob/x/y" {
		t.Errorf("lists %v, %v", recs, err)
	}
	if recs, err := whole.List(t.Context(), "", "/x", 1); err != nil || len(recs) != 1 || recs[0].Key != "ann/x" {
		t.Errorf("after /x it lists %v, %v", recs, err)
	}
	long := strings.Repeat("a", protocol.MaxAccount) + "/" + strings.Repeat("k", protocol.MaxKey)
	put(t, whole, long, "the longest key")
	for _, key := range []string{"", "ann", "ann/", "a\x01/x", "a" + long, long + "k", "/"} {
		if _, err := whole.Swap(t.Context(), key, 0, []byte{}); protocol.CodeOf(err) != protocol.CodeInvalid {
			t.Errorf("a key of %d bytes: %v", len(key), err)
		}
	}
	if _, err := store.Whole(engine, "no module", true).Get(t.Context(), "a/b"); protocol.CodeOf(err) != protocol.CodeInvalid {
		t.Errorf("of no module: %v", err)
	}
}

// W17: a call that is not of the administrator can read records that belong to no
// account, and nothing else.
func TestW17WholeOfAnOrdinaryCall(t *testing.T) {
	engine := newSQLite(t)
	put(t, store.Whole(engine, "A", true), "/x", "of nobody")
	put(t, store.Scope(engine, "A", "ann"), "x", "of ann")
	view := store.Whole(engine, "A", false)
	want(t, view, "/x", "of nobody")
	if recs, err := view.List(t.Context(), "/", "", 10); err != nil || len(recs) != 1 {
		t.Errorf("lists %v, %v", recs, err)
	}
	_, get := view.Get(t.Context(), "ann/x")
	_, all := view.List(t.Context(), "", "", 10)
	_, others := view.List(t.Context(), "ann/", "", 10)
	_, swap := view.Swap(t.Context(), "/x", 1, nil)
	_, other := view.Swap(t.Context(), "ann/x", 1, []byte("forged"))
	for i, err := range []error{get, all, others, swap, other} {
		if protocol.CodeOf(err) != protocol.CodeDenied || errors.Is(err, protocol.ErrNotFound) {
			t.Errorf("%d: %v", i, err)
		}
	}
	want(t, store.Scope(engine, "A", "ann"), "x", "of ann")
}
