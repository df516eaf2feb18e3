// Package conformance holds the contracts of the project as runnable checks:
// anyone who implements an interface of package protocol runs them against the
// implementation. Each check carries the explanation of its rule. It imports
// package protocol and the standard library only.
package conformance

import (
	"context"
	"testing"
	"time"

	"liveapi.host/protocol"
)

// StorageCheck is one rule of [protocol.Storage] and how to try it.
type StorageCheck struct {
	Name string // a short name, such as "versions never restart"
	Rule string // what must hold, and why anyone needs it

	// Run tries the rule on an empty storage that nobody else uses, and
	// returns what it saw that breaks the rule.
	Run func(ctx context.Context, s protocol.Storage) error
}

// A layer may need some room for what the layers above it add: the view of one
// account puts its module and account before a key, a seal puts a nonce before
// a value. So every layer takes [protocol.MaxKey] and [protocol.MaxValue], may
// take more, and refuses what is above these.
const (
	RoomKey   = 2 * protocol.MaxKey
	RoomValue = protocol.MaxValue + 1<<10
)

// checkTime bounds one check. It is far above what a slow disk needs: a check
// that runs into it hangs.
const checkTime = 2 * time.Minute

// Storage runs every check of [StorageChecks] against the storages that open
// returns: engines, and every layer above them. Each call of open must return
// an empty storage that nobody else uses; open closes it with t.Cleanup.
func Storage(t *testing.T, open func(t testing.TB) protocol.Storage) {
	t.Helper()
	runStorage(t, StorageChecks(), open)
}

// StorageBounds checks that the outermost layer, the one that a module is
// given, takes exactly [protocol.MaxKey] and [protocol.MaxValue]: a module that
// keeps to the bounds works everywhere, and one that does not fails everywhere.
func StorageBounds(t *testing.T, open func(t testing.TB) protocol.Storage) {
	t.Helper()
	runStorage(t, []StorageCheck{{
		Name: "exact bounds",
		Rule: "what a module is given takes a key of 512 bytes and a value of 1 MiB and refuses one byte more, so that the same module works on every engine and for every account",
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
				t.Errorf("%v\nthe rule: %s", err, c.Rule)
			}
		})
	}
}

// StorageChecks returns the rules that every [protocol.Storage] keeps.
func StorageChecks() []StorageCheck {
	return []StorageCheck{
		{"absent", "Get of a key without a record is ErrNotFound, and nothing else is: a caller must be able to tell \"not configured\" from \"cannot say\", which denies", checkAbsent},
		{"create and replace", "a Swap that succeeded returns the version that the next Get and the next Swap see", checkReplace},
		{"conflict", "a Swap whose old version is not the record's is ErrConflict and changes nothing: of two sessions with the same one-time code only one may win", checkConflict},
		{"delete", "a nil value deletes and returns version 0; deleting what is not there needs old 0", checkDelete},
		{"versions never restart", "no version of a key is ever used twice, not even after delete and create: a Swap prepared before them must not succeed after them", checkVersions},
		{"nil and empty", "nil deletes, a value that is empty but not nil is stored and comes back not nil", checkEmpty},
		{"any byte", "a value is bytes: every byte comes back as it was, wherever it stands", checkBytes},
		{"room", "every layer takes a key of 512 bytes and a value of 1 MiB, and refuses what no layer above it can need, with nothing written", checkRoom},
		{"key validity", "a key is 1 or more bytes of UTF-8 without control characters: what goes into a log or a list stays one line, and each text has one encoding", checkKeys},
		{"keys are bytes", "keys that differ in one byte are different records: case, blanks and composed letters are never folded", checkDistinct},
		{"prefix", "a prefix is plain bytes: no character in it is a pattern, and it may end inside a letter or hold bytes that no key has", checkPrefix},
		{"byte order", "List is in ascending order of bytes, not of letters or UTF-16, so that paging means the same on every engine", checkOrder},
		{"paging", "List returns what is greater than after, as many as there are up to limit, so that pages joined are the whole; limit is 1 to MaxList", checkPaging},
		{"ended context", "a call whose context has ended returns an error and writes nothing: its caller has gone", checkContext},
		{"64 swaps of one version", "of many Swaps of one version at the same time exactly one succeeds, the others are ErrConflict: this is what makes a code work once", checkRace},
		{"no lost update", "concurrent loops of Get and Swap lose no update", checkUpdates},
		{"not aliased", "the storage keeps no slice of its caller and returns none that it keeps: changing one changes no record", checkAlias},
	}
}
