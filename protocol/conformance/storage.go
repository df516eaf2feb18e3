// Package conformance has the contracts of the project as runnable checks. Run
// them against every implementation of an interface of package protocol. Each check
// explains its rule. The package imports package protocol and the standard library
// only.
package conformance

import (
	"context"
	"testing"
	"time"

	"liveapi.host/protocol"
)

// StorageCheck is one rule of [protocol.Storage] and its test.
type StorageCheck struct {
	Name string // a short name, such as "versions never restart"
	Rule string // the rule, and why it is needed

	// Run tests the rule on an empty storage that nothing else uses, and returns
	// an error that describes how the storage broke the rule.
	Run func(ctx context.Context, s protocol.Storage) error
}

// A layer may need room for the bytes that the layers above it add: the view of one
// account puts its module and account before a key, sealing puts a nonce before a
// value. So every layer accepts [protocol.MaxKey] and [protocol.MaxValue], may accept
// more, and refuses everything above these bounds.
const (
	RoomKey   = 2 * protocol.MaxKey
	RoomValue = protocol.MaxValue + 1<<10
)

// checkTime is the timeout of one check. It is far above what a slow disk needs: a
// check that reaches it hangs.
const checkTime = 2 * time.Minute

// Storage runs every check of [StorageChecks] against the storages that open
// returns: engines, and every layer above them. Each call of open must return
// an empty storage that nothing else uses; open closes it with t.Cleanup.
func Storage(t *testing.T, open func(t testing.TB) protocol.Storage) {
	t.Helper()
	runStorage(t, StorageChecks(), open)
}

// StorageBounds checks that the outermost layer, which modules use, accepts exactly
// [protocol.MaxKey] and [protocol.MaxValue]: a module that stays within the bounds
// works everywhere, and one that does not fails everywhere.
func StorageBounds(t *testing.T, open func(t testing.TB) protocol.Storage) {
	t.Helper()
	runStorage(t, []StorageCheck{{
		Name: "exact bounds",
		Rule: "the storage of a module accepts a key of 512 bytes and a value of 1 MiB and refuses one byte more, so that the " +
			"same module works on every engine and for every account",
		Run: func(ctx context.Context, s protocol.Storage) error {
			return checkBounds(ctx, s, protocol.MaxKey+1, protocol.MaxValue+1)
		},
	}}, open)
}

func runStorage(t *testing.T, checks []StorageCheck, open func(t testing.TB) protocol.Storage) {
	t.Helper()
	for _, c := range checks {
		t.Run(c.Name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), checkTime)
			defer cancel()
			if err := c.Run(ctx, open(t)); err != nil {
				t.Errorf("%v\nrule: %s", err, c.Rule)
			}
		})
	}
}

// StorageChecks returns the rules for every [protocol.Storage].
func StorageChecks() []StorageCheck {
	return []StorageCheck{
		{"absent", "Get of a key without a record is ErrNotFound, and no other case is: a caller must be able to distinguish " +
			"\"not configured\" from \"unknown\", which denies", checkAbsent},
		{"create and replace", "a successful Swap returns the version that the next Get and the next Swap use", checkReplace},
		{"conflict", "a Swap whose old version is not the record's is ErrConflict and changes nothing: of two sessions with the " +
			"same one-time code only one may win", checkConflict},
		{"delete", "a nil value deletes and returns version 0; deleting without a record needs old 0", checkDelete},
		{"versions never restart", "no version of a key is ever used twice, not even after delete and create: a Swap prepared " +
			"before them must not succeed after them", checkVersions},
		{"nil and empty", "nil deletes, a value that is empty but not nil is stored and comes back not nil", checkEmpty},
		{"any byte", "a value is bytes: every byte is returned unchanged, at every position", checkBytes},
		{"room", "every layer accepts a key of 512 bytes and a value of 1 MiB, and refuses more than any layer above it can " +
			"need, with nothing written", checkRoom},
		{"key validity", "a key is 1 or more bytes of UTF-8 without control characters: in a log or a list it stays on one line, " +
			"and each text has one encoding", checkKeys},
		{"keys are bytes", "keys that differ in one byte are different records: case, blanks and composed letters are not " +
			"normalized", checkDistinct},
		{"prefix", "a prefix is plain bytes: no character in it is a pattern, and it may end inside a character or contain bytes " +
			"that no key has", checkPrefix},
		{"byte order", "List is in ascending order of bytes, not of letters or UTF-16, so that paging means the same on " +
			"every engine", checkOrder},
		{"paging", "List returns the records greater than after, at most limit of them and fewer only at the end, so that all " +
			"pages together are complete; limit is 1 to MaxList", checkPaging},
		{"ended context", "a call whose context has ended returns an error and writes nothing: its caller no longer waits", checkContext},
		{"64 swaps of one version", "of many Swaps of one version at the same time exactly one succeeds, the others are " +
			"ErrConflict: this is what makes a code work once", checkRace},
		{"no lost update", "concurrent loops of Get and Swap do not lose updates", checkUpdates},
		{"not aliased", "the storage keeps no slice of its caller and returns copies only: a caller that changes a slice changes " +
			"no record", checkAlias},
	}
}
