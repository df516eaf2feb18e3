// Package etcd is the engine of package store for a fleet: a storage that hosts on
// several machines share. Of what goes wrong in a cluster it says precisely what is
// known about a write, and denies when nothing is. It knows nothing of sealing,
// accounts or modules.
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
	// DefaultWait bounds one request to etcd, with everything that is tried
	// again in it: a cluster without its majority denies within 5 s, which
	// leaves the rest for finding out what is wrong.
	DefaultWait = 4 * time.Second

	// DefaultPrefix stands before every key in etcd.
	DefaultPrefix = "/liveapi/"

	// page is how many records one reply of etcd holds at most. etcd bounds
	// replies by number and not by size, and 16 of the largest are 17 MiB.
	page = 16
)

// Store is the engine for a fleet: hosts on several machines keep their records
// in one etcd cluster, of version 3.4 or newer.
//
// The version of a record is its ModRevision, which counts the writes of the
// whole cluster, so that it never restarts. A Swap is one transaction that
// compares it; nothing is ever locked. Reads are linearizable: etcd asks its
// majority before it answers.
//
// Without a majority of the cluster's members every call fails within 5 s:
// Get and List with [protocol.CodeUnavailable]; so does a Swap that was not
// sent, and one that was is [protocol.ErrUnknown]. A read that failed is tried
// at another member, a Swap only if etcd said that it did nothing. When the
// members are back, so are the calls.
//
// etcd takes requests of up to 1.5 MiB (--max-request-bytes), which holds the
// largest key and value. What it keeps in total is bounded by its
// --quota-backend-bytes: above it a Swap that stores is [protocol.ErrFull],
// one that deletes goes through, and etcd has to be compacted, defragmented
// and told that its alarm is over.
//
// After a restored snapshot of etcd revisions may repeat, so every host has to
// be started anew.
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
	asking      sync.Mutex    // held by the one call that looks what is wrong with the members
}

// Open returns the engine of the cluster that address names, see
// [CheckAddress]. It reads the files that the address names; the cluster is
// first asked by the first call.
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

// Wait sets how long one request may take, if its context does not end
// before. The default is [DefaultWait].
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

// record is one of a reply's, without the prefix. A reply is nobody else's, so
// its slices need no copy.
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

// List implements [protocol.Storage]. What it returns is of one moment, unless
// the cluster is compacted meanwhile: then it begins again.
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
	revision := int64(0) // as of now
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
		from = recs[len(recs)-1].Key + "\x00" // the least string that is greater
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
	if old > math.MaxInt64 { // no revision is as high
		return 0, protocol.ErrConflict
	}
	if value == nil && old == 0 {
		// Nothing to write. etcd would answer a transaction that does nothing
		// from one member's memory, which may be old.
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

// begin is called before a call and says whether there may be one; end ends it.
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
