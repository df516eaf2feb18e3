package modulerpc

import (
	"context"
	"unicode/utf8"

	"liveapi.host/protocol"
	"liveapi.host/protocol/modulerpc/internal/pb"
)

// Storage implements protocol.Services.
func (c *serving) Storage() protocol.Storage { return storage{call: c} }

// Whole implements protocol.Services.
func (c *serving) Whole() protocol.Storage { return storage{call: c, whole: true} }

// storage asks the host for records, during one call.
type storage struct {
	call  *serving
	whole bool // of the module's whole data, not of the calling account's
}

// Get implements protocol.Storage.
func (s storage) Get(ctx context.Context, key string) (protocol.Record, error) {
	if err := checkKey(key); err != nil {
		return protocol.Record{}, err
	}
	if r, sent, err := s.call.with.take(key, s.whole); sent {
		return r, err
	}
	f, err := s.call.ask(ctx, &pb.Frame{Body: &pb.Frame_Get{Get: &pb.Get{Key: key, Whole: s.whole}}})
	if err != nil {
		return protocol.Record{}, err
	}
	return recordFromWire(f.other.GetRecord()), nil
}

// Swap implements protocol.Storage. Without a response in time it returns
// protocol.ErrUnknown.
func (s storage) Swap(ctx context.Context, key string, old protocol.Version, value []byte) (protocol.Version, error) {
	if err := checkKey(key); err != nil {
		return 0, err
	}
	defer s.call.with.drop()
	swap := &pb.Swap{Key: key, Old: uint64(old), Value: value, Delete: value == nil, Whole: s.whole}
	f, err := s.call.ask(ctx, &pb.Frame{Body: &pb.Frame_Swap{Swap: swap}})
	if err != nil {
		return 0, err
	}
	return protocol.Version(f.other.GetRecord().GetVersion()), nil
}

// checkKey refuses a key that protobuf would refuse, with a clearer error. The host
// checks the rest.
func checkKey(key string) error {
	if !utf8.ValidString(key) {
		return protocol.Errorf(protocol.CodeInvalid, "a storage key must be UTF-8")
	}
	return nil
}

// List implements protocol.Storage.
func (s storage) List(ctx context.Context, prefix, after string, limit int) ([]protocol.Record, error) {
	if limit < 1 || limit > protocol.MaxList {
		return nil, protocol.Errorf(protocol.CodeInvalid, "a list of %d records: 1 to %d are allowed", limit, protocol.MaxList)
	}
	f, err := s.call.ask(
		ctx,
		&pb.Frame{Body: &pb.Frame_List{List: &pb.List{Prefix: []byte(prefix), After: []byte(after), Limit: uint32(limit), Whole: s.whole}}},
	)
	if err != nil {
		return nil, err
	}
	records := make([]protocol.Record, 0, len(f.other.GetRecords().GetRecords()))
	for _, r := range f.other.GetRecords().GetRecords() {
		records = append(records, recordFromWire(r))
	}
	return records, nil
}
