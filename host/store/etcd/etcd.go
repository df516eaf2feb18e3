// Package etcd is the engine of package store for a fleet: a storage that hosts on
// several machines share. When something fails in a cluster, its errors say exactly what
// is known about a write. The package has no sealing, accounts or modules.
package etcd

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"liveapi.host/host/store/internal/bounds"
	"liveapi.host/protocol"
)

const (
	// DefaultWait is the longest time for one request to etcd, with all its retries.
	// A call to a cluster without a majority fails within 5 s; the rest of this time
	// is for finding the cause.
	DefaultWait = 4 * time.Second

	// DefaultPrefix is the prefix of every key in etcd.
	DefaultPrefix = "/liveapi/"

	// page is the largest number of records in one response of etcd. etcd bounds
	// responses by number and not by size, and 16 of the largest records are 17 MiB.
	page = 16
)

// Store is the engine for a fleet: hosts on several machines keep their records
// in one etcd cluster, of version 3.4 or newer.
//
// The version of a record is its ModRevision, which counts the writes of the
// whole cluster, so that it never restarts. A Swap is one transaction that
// compares it, without a lock. Reads are linearizable: etcd asks its majority
// before it responds.
//
// Without a majority of the cluster's members every call fails within 5 s. Get,
// List and a Swap that was not sent fail with [protocol.CodeUnavailable], a Swap
// that was sent with [protocol.ErrUnknown]. A failed read is retried at another
// member, a Swap only if etcd has reported that it did nothing. Calls work again
// as soon as the members are back.
//
// etcd accepts requests of up to 1.5 MiB (--max-request-bytes), enough for the
// largest key and value. Its total size is limited by --quota-backend-bytes:
// above it a Swap that stores fails with [protocol.ErrFull], a Swap that deletes
// still works, and etcd has to be compacted and defragmented, and its alarm
// disarmed.
//
// After a snapshot of etcd was restored, revisions may repeat, so every host has
// to be restarted.
type Store struct {
	address *address
	wait    time.Duration
	opened  time.Time
	members []*member
	turn    atomic.Uint32

	calls  sync.RWMutex // read-locked by each call, locked by Close
	closed bool

	token       atomic.Pointer[token]
	identifying chan struct{} // held by the one call that gets a token
	asking      sync.Mutex    // held by the one call that checks the connections to the members
}

// Open returns the engine of the cluster at address, see [CheckAddress]. It reads the
// files that the address names; the first call is the first to use the cluster.
func Open(address string, options ...Option) (*Store, error) {
	a, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	e := &Store{address: a, wait: DefaultWait, opened: time.Now(), identifying: make(chan struct{}, 1)}
	for _, option := range options {
		option(e)
	}
	if err := e.dial(); err != nil {
		return nil, err
	}
	return e, nil
}

// Option changes how [Open] opens a cluster.
type Option func(*Store)

// Wait sets how long one request may take, unless its context ends earlier. The default
// is [DefaultWait].
func Wait(d time.Duration) Option { return func(e *Store) { e.wait = d } }

// Get implements [protocol.Storage].
func (e *Store) Get(ctx context.Context, key string) (protocol.Record, error) {
	if err := bounds.Key(key, bounds.MaxKey); err != nil {
		return protocol.Record{}, err
	}
	resp, err := e.read(ctx, e.address.prefix+key, e.wait/3)
	switch {
	case err != nil:
		return protocol.Record{}, err
	case len(resp.Kvs) == 0:
		return protocol.Record{}, protocol.ErrNotFound
	}
	return e.record(resp, 0), nil
}

// record returns record i of a response, without the prefix. No one else uses the
// response, so its slices need no copy.
func (e *Store) record(resp *clientv3.GetResponse, i int) protocol.Record {
	kv := resp.Kvs[i]
	rec := protocol.Record{
		Key:     strings.TrimPrefix(string(kv.Key), e.address.prefix),
		Version: protocol.Version(kv.ModRevision),
		Value:   kv.Value,
	}
	if rec.Value == nil {
		rec.Value = []byte{}
	}
	return rec
}

// List implements [protocol.Storage]. Its records are of one moment. When the cluster is
// compacted meanwhile, it starts again with another moment.
func (e *Store) List(ctx context.Context, prefix, after string, limit int) ([]protocol.Record, error) {
	if err := bounds.Limit(limit); err != nil {
		return nil, err
	}
	from, to := bounds.Span(prefix, after)
	if string(from) >= string(to) {
		return nil, ctx.Err()
	}
	for {
		recs, err := e.pages(ctx, string(from), string(to), limit)
		if !compacted(err) {
			return recs, err
		}
	}
}

func (e *Store) pages(ctx context.Context, from, to string, limit int) (recs []protocol.Record, err error) {
	revision := int64(0) // the present one
	for {
		resp, err := e.read(ctx, e.address.prefix+from, e.wait/2, clientv3.WithRange(e.address.prefix+to),
			clientv3.WithLimit(int64(min(page, limit-len(recs)))), clientv3.WithRev(revision))
		if err != nil {
			return nil, err
		}
		for i := range resp.Kvs {
			recs = append(recs, e.record(resp, i))
		}
		if !resp.More || len(recs) >= limit {
			return recs, nil
		}
		revision = resp.Header.Revision
		from = recs[len(recs)-1].Key + "\x00" // the smallest greater string
	}
}

// Swap implements [protocol.Storage].
func (e *Store) Swap(ctx context.Context, key string, old protocol.Version, value []byte) (protocol.Version, error) {
	if err := bounds.Key(key, bounds.MaxKey); err != nil {
		return 0, err
	}
	if err := bounds.Value(value, bounds.MaxValue); err != nil {
		return 0, err
	}
	name := e.address.prefix + key
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if old > math.MaxInt64 { // revisions are never this high
		return 0, protocol.ErrConflict
	}
	if value == nil && old == 0 {
		// Nothing to write. A member responds to a transaction without a write from its
		// own memory, which may be out of date, so this is a read.
		resp, err := e.read(ctx, name, e.wait/3, clientv3.WithCountOnly())
		if err == nil && resp.Count != 0 {
			err = protocol.ErrConflict
		}
		return 0, err
	}
	write := clientv3.OpDelete(name)
	if value != nil {
		write = clientv3.OpPut(name, string(value))
	}
	resp, err := e.write(ctx, clientv3.Compare(clientv3.ModRevision(name), "=", int64(old)), write)
	switch {
	case err != nil:
		return 0, err
	case !resp.Succeeded:
		return 0, protocol.ErrConflict
	case value == nil:
		return 0, nil
	}
	return protocol.Version(resp.Header.Revision), nil
}

var errClosed = errors.New("the connection to etcd was closed")

// begin starts a call, which end ends. It fails after Close.
func (e *Store) begin(ctx context.Context) (end func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e.calls.RLock()
	if e.closed {
		e.calls.RUnlock()
		return nil, errClosed
	}
	return e.calls.RUnlock, nil
}

// Close waits for the calls in progress and closes the connections. Calls that
// come later fail. It is safe to call twice.
func (e *Store) Close() error {
	e.calls.Lock()
	defer e.calls.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	return e.hangUp()
}

// String names the cluster, for logs.
func (e *Store) String() string {
	return fmt.Sprintf("etcd %s %s", strings.Join(e.address.hosts, ","), e.address.prefix)
}
