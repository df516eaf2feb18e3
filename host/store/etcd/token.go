package etcd

import (
	"context"
	"errors"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc/metadata"
)

// token is what etcd issues for a password. It is valid until 5 minutes pass without a
// call, users change, or the member that issued it ends.
//
// The client's own way is not good enough: it requests a new token with the old one,
// which etcd 3.4 refuses, and repeats this in an endless loop. It also never reads the
// password's file again.
type token struct {
	text string // "" when etcd has no authentication
}

// on returns ctx for a call with the token, to which only a member with a leader responds.
func (t *token) on(ctx context.Context) context.Context {
	if t != nil && t.text != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, rpctypes.TokenFieldNameGRPC, t.text)
	}
	return clientv3.WithRequireLeader(ctx)
}

// disbelieved reports whether a new token may help against this error.
func disbelieved(err error) bool {
	return errors.Is(err, rpctypes.ErrInvalidAuthToken) || errors.Is(err, rpctypes.ErrAuthOldRevision) ||
		errors.Is(err, rpctypes.ErrUserEmpty)
}

// identify returns the token of this host, or requests one: only one call does so, and
// the others wait for it. Without a user there is no token.
func (e *Store) identify(ctx context.Context, member *member) (*token, error) {
	if e.address.user == "" {
		return nil, nil
	}
	if t := e.token.Load(); t != nil {
		return t, nil
	}
	select {
	case e.identifying <- struct{}{}:
		defer func() { <-e.identifying }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if t := e.token.Load(); t != nil {
		return t, nil
	}
	password, err := e.address.password()
	if err != nil {
		return nil, err
	}
	for {
		attempt, cancel := context.WithTimeout(clientv3.WithRequireLeader(ctx), e.wait/3)
		resp, err := member.client.Authenticate(attempt, e.address.user, password)
		e.learn(member, attempt.Err() != nil && ctx.Err() == nil, err)
		cancel()
		t := &token{}
		switch {
		case err == nil:
			t.text = resp.Token
		case errors.Is(err, rpctypes.ErrAuthNotEnabled):
		case e.address.lasting(err) || !pause(ctx, betweenAttempts):
			return nil, err
		default:
			if member, err = e.connected(ctx); err != nil {
				return nil, err
			}
			continue
		}
		e.token.Store(t)
		return t, nil
	}
}
