package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"liveapi.host/host/store"
	"liveapi.host/protocol"
	"liveapi.host/protocol/conformance"
)

// failing fails every call in the same way.
type failing struct{ err error }

func (f failing) Get(context.Context, string) (protocol.Record, error) {
	return protocol.Record{}, f.err
}

func (f failing) Swap(context.Context, string, protocol.Version, []byte) (protocol.Version, error) {
	return 0, f.err
}

func (f failing) List(context.Context, string, string, int) ([]protocol.Record, error) {
	return nil, f.err
}

func TestReportedTellsWhatNeedsALook(t *testing.T) {
	for _, c := range []struct {
		err  error
		told bool
	}{
		{nil, false}, {protocol.ErrNotFound, false}, {protocol.ErrConflict, false}, {protocol.Errorf(protocol.CodeInvalid, "a key"), false},
		{fmt.Errorf("store: %w", context.Canceled), false}, {fmt.Errorf("store: %w", context.DeadlineExceeded), false},
		{errors.New("the disk failed"), true}, {protocol.ErrFull, true}, {protocol.ErrUnavailable, true}, {protocol.ErrUnknown, true},
		{&protocol.Error{Code: protocol.CodeUnknown, Err: context.Canceled}, true},
	} {
		var told []string
		s := store.Reported(failing{c.err}, func(operation, key string, err error) {
			if err != c.err {
				t.Errorf("told %v, want %v", err, c.err)
			}
			told = append(told, operation+" "+key)
		})
		_, getErr := s.Get(t.Context(), "a")
		_, swapErr := s.Swap(t.Context(), "b", 0, nil)
		_, listErr := s.List(t.Context(), "c", "", 1)
		if getErr != c.err || swapErr != c.err || listErr != c.err {
			t.Errorf("%v became %v, %v, %v", c.err, getErr, swapErr, listErr)
		}
		if want := []string{"get a", "swap b", "list c"}; c.told && !slices.Equal(told, want) || !c.told && told != nil {
			t.Errorf("%v: told %q", c.err, told)
		}
	}
}

func TestConformanceReported(t *testing.T) {
	conformance.Storage(t, func(t testing.TB) protocol.Storage {
		return store.Reported(newSQLite(t), func(operation, key string, err error) { t.Errorf("%s %q: %v", operation, key, err) })
	})
}
