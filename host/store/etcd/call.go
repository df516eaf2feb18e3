package etcd

import (
	"context"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// betweenAttempts is the pause between two attempts of one call.
const betweenAttempts = 50 * time.Millisecond

// read reads one key or a range of keys. It retries until a member responds or the time
// is over. Each attempt has only a part of the time: a stopped member keeps its
// connections and does not respond, and the next attempt uses another member.
func (e *Store) read(ctx context.Context, key string, part time.Duration, options ...clientv3.OpOption) (*clientv3.GetResponse, error) {
	end, err := e.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	bounded, cancel := context.WithTimeout(ctx, e.wait)
	defer cancel()
	for {
		member, token, err := e.prepare(bounded)
		if err != nil {
			return nil, e.notSent(ctx, err)
		}
		attempt, cancel := context.WithTimeout(token.on(bounded), part)
		resp, err := member.client.Get(attempt, key, options...)
		e.learn(member, attempt.Err() != nil && ctx.Err() == nil, err)
		cancel()
		if err == nil {
			return resp, nil
		}
		if e.address.lasting(err) || !e.again(bounded, token, err) {
			return nil, e.notRead(ctx, err)
		}
	}
}

// write sends a transaction. It retries only after a response that says that the
// transaction was not begun. If the first attempt may have been applied, a second one
// could find the result of the first and report a conflict.
func (e *Store) write(ctx context.Context, condition clientv3.Cmp, op clientv3.Op) (*clientv3.TxnResponse, error) {
	end, err := e.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	bounded, cancel := context.WithTimeout(ctx, e.wait)
	defer cancel()
	for {
		member, token, err := e.prepare(bounded)
		if err != nil {
			return nil, e.notSent(ctx, err)
		}
		resp, err := member.client.Txn(token.on(bounded)).If(condition).Then(op).Commit()
		e.learn(member, bounded.Err() != nil && ctx.Err() == nil, err)
		if err == nil {
			return resp, nil
		}
		if !notBegun(err) || e.address.lasting(err) || !e.again(bounded, token, err) {
			return nil, e.notWritten(ctx, err)
		}
	}
}

// prepare returns a connection and a token for sending.
func (e *Store) prepare(ctx context.Context) (*member, *token, error) {
	member, err := e.connected(ctx)
	if err != nil {
		return nil, nil, err
	}
	token, err := e.identify(ctx, member)
	return member, token, err
}

// again prepares another attempt, and reports whether there is time for it.
func (e *Store) again(ctx context.Context, token *token, err error) bool {
	if disbelieved(err) {
		e.token.CompareAndSwap(token, nil)
	}
	return pause(ctx, betweenAttempts)
}

// pause waits, and reports whether there is time left.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
