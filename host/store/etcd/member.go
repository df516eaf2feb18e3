package etcd

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc/connectivity"
)

// How a member that does not respond is noticed. While a call runs the member is pinged,
// and its connection is closed after etcdPing + etcdPong: etcd allows at most one ping
// in 5 s, and gRPC raises less than 10 s to 10 s. Until then the connection looks good,
// so a member that has let a call time out is not used while there are others.
const (
	etcdPing     = 10 * time.Second
	etcdPong     = 2 * time.Second
	etcdDistrust = etcdPing + etcdPong + time.Second

	etcdLook = 10 * time.Millisecond // between two checks for a connection
)

// member is the connection to one member. Each member has a client of its own, because a
// client for several members does not show which one it uses.
type member struct {
	client *clientv3.Client
	until  atomic.Int64 // the member is avoided until then, in time since the engine was opened
}

func (m *member) close() error { return m.client.Close() }

// learn notes the state of a member after a call: bad when the call timed out or the
// member has lost the other members, else good.
func (e *Store) learn(m *member, waited bool, err error) {
	switch {
	case err == nil:
		if m.until.Load() != 0 {
			m.until.Store(0)
		}
	case waited, errors.Is(err, rpctypes.ErrNoLeader):
		m.until.Store(int64(time.Since(e.opened) + etcdDistrust))
	}
}

// pick returns a connected member, each in turn, and nil when no member is connected. It
// returns an avoided member only when all are avoided.
func (e *Store) pick() (found *member) {
	first := int(e.turn.Add(1) % uint32(len(e.members)))
	for i := range e.members {
		m := e.members[(first+i)%len(e.members)]
		switch conn := m.client.ActiveConnection(); conn.GetState() {
		case connectivity.Ready:
			if until := m.until.Load(); until == 0 || until < int64(time.Since(e.opened)) {
				return m
			}
			found = m
		case connectivity.Idle:
			conn.Connect()
		}
	}
	return found
}

// connected returns a connected member. It waits for a connection for half of the time
// of a call. So the request can be sent at once, and without a member it is certain that
// nothing was sent.
func (e *Store) connected(ctx context.Context) (*member, error) {
	if m := e.pick(); m != nil {
		return m, nil
	}
	for _, m := range e.members {
		if conn := m.client.ActiveConnection(); conn.GetState() == connectivity.TransientFailure {
			conn.ResetConnectBackoff() // after a long time without a connection, gRPC retries only every two minutes
		}
	}
	bounded, cancel := context.WithTimeout(ctx, e.wait/2)
	defer cancel()
	for pause(bounded, etcdLook) {
		if m := e.pick(); m != nil {
			return m, nil
		}
	}
	return nil, e.findFault(ctx, errors.New("no member can be reached"))
}

// dial makes the clients, without using the network.
func (e *Store) dial() error {
	config, err := e.config()
	if err != nil {
		return fmt.Errorf("%v: %w", e, err)
	}
	for _, endpoint := range e.address.endpoints() {
		own := config
		own.Endpoints = []string{endpoint}
		if config.TLS != nil {
			own.TLS = config.TLS.Clone()
		}
		client, err := clientv3.New(own)
		if err != nil {
			return errors.Join(fmt.Errorf("%v: %w", e, err), e.hangUp())
		}
		e.members = append(e.members, &member{client: client})
	}
	return nil
}

// hangUp closes the clients.
func (e *Store) hangUp() error {
	var errs []error
	for _, m := range e.members {
		errs = append(errs, m.close())
	}
	return errors.Join(errs...)
}
