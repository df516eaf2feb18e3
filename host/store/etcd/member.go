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

// How a member that does not answer is noticed. When a call is under way it is
// pinged, and its connection dropped after etcdPing + etcdPong: etcd forbids more
// pings than one in 5 s, and gRPC makes less than 10 s into 10 s. Until then the
// connection looks as if it worked, so a member that let a call wait is not asked
// again while there are others.
const (
	etcdPing     = 10 * time.Second
	etcdPong     = 2 * time.Second
	etcdDistrust = etcdPing + etcdPong + time.Second

	etcdLook = 10 * time.Millisecond // between looks for a connection
)

// member is the connection to one member. There is a client for each, since
// a client of several would not say which one it has asked.
type member struct {
	client *clientv3.Client
	until  atomic.Int64 // it is distrusted, in time since the engine was opened
}

func (m *member) close() error { return m.client.Close() }

// learn keeps what a call says about its member: that it let the call wait until
// its time was over, or has lost the others; or that it is well.
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

// pick returns a member that is connected, each in turn, and nil when none is.
// It takes one that is distrusted only if all are.
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

// connected returns a member that can be asked. It waits for one for half of the
// time that a call has. So what follows is sent at once, and a call that finds
// none is known not to have been sent.
func (e *Store) connected(ctx context.Context) (*member, error) {
	if m := e.pick(); m != nil {
		return m, nil
	}
	for _, m := range e.members {
		if conn := m.client.ActiveConnection(); conn.GetState() == connectivity.TransientFailure {
			conn.ResetConnectBackoff() // after a long absence gRPC tries every two minutes only
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

// dial makes the clients, without touching the network.
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
