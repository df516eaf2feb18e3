package modulerpc

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"liveapi.host/protocol"
)

// full is a host of which every record is as large as can be.
type full struct{ protocol.Services }

func (f full) Storage() protocol.Storage { return fullStorage{} }
func (f full) Account(context.Context, string) (*protocol.Account, error) {
	return &protocol.Account{Name: "alice"}, nil
}

type fullStorage struct{ protocol.Storage }

func (fullStorage) Get(_ context.Context, key string) (protocol.Record, error) {
	return protocol.Record{Key: key, Version: 1, Value: make([]byte, protocol.MaxValue)}, nil
}

// What is sent with a call never keeps the call from being sent.
func TestPrefetchFitsIntoTheFrame(t *testing.T) {
	want := protocol.Prefetch{Account: true, Records: strings.Split("abcdefgh", "")}
	for _, args := range []int{0, 1 << 20, 8 << 20, 12 << 20, 16 << 20} {
		call := &protocol.Call{Args: make(json.RawMessage, args), Host: full{}}
		with := prefetch(t.Context(), call, want)
		if size := proto.Size(frame{id: 1, invoke: call, with: with}.toWire()); size > maxFrame {
			t.Errorf("with arguments of %d bytes the frame has %d", args, size)
		}
		if args == 0 && (len(with.records) < 2 || with.account == nil) {
			t.Errorf("only %d records are sent", len(with.records))
		}
	}
}

// A function may change the account that it is given without changing it for others.
func TestPrefetchedAccountIsACopy(t *testing.T) {
	p := &prefetched{account: &protocol.Account{Name: "alice"}}
	p.accountInfo().Name = "changed"
	if got := p.accountInfo().Name; got != "alice" {
		t.Errorf("got %s", got)
	}
}
