package etcd

import (
	"context"
	"errors"
	"fmt"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"

	"liveapi.host/protocol"
)

// What an error of etcd means for a call. The client turns every error response of etcd
// itself into a value of rpctypes, which is compared here. Any other error comes from
// the transport, and does not say what etcd has done.

// notBegun reports whether a member has refused the request before working on it, for
// a reason that another member, or the same one a little later, may not have.
func notBegun(err error) bool {
	for _, is := range []error{
		rpctypes.ErrNoLeader,         // by the check for [clientv3.WithRequireLeader], before the request
		rpctypes.ErrTooManyRequests,  // before the request is proposed
		rpctypes.ErrNotCapable,       // a member that has just started
		rpctypes.ErrInvalidAuthToken, // the client has a new one by now
		rpctypes.ErrAuthOldRevision,
		rpctypes.ErrUserEmpty,
		rpctypes.Error(rpctypes.ErrGRPCNotSupportedForLearner),
	} {
		if errors.Is(err, is) {
			return true
		}
	}
	return false
}

// refused returns what to do about an error response that a retry cannot change, and
// after which nothing was written; "" for any other error.
func (a *address) refused(err error) string {
	for is, what := range map[error]string{
		rpctypes.ErrPermissionDenied: fmt.Sprintf("%s may not read and write there: grant its role the permission readwrite with the "+
			"prefix %s", a.who(), a.prefix),
		rpctypes.ErrAuthFailed: fmt.Sprintf("%s does not exist or has another password: check the user and password file", a.who()),
		rpctypes.ErrUserEmpty: "it needs a user: name one in the address, with a password's file, or a client certificate with " +
			"the user's name",
		rpctypes.ErrInvalidAuthToken: fmt.Sprintf("it does not accept the token of %s: check --auth-token of its members", a.who()),
		rpctypes.ErrRequestTooLarge:  "its --max-request-bytes is below its default of 1.5 MiB",
		rpctypes.ErrCorrupt: "its members do not have the same data (alarm CORRUPT): stop every host, and restore the members " +
			"that are wrong",
	} {
		if errors.Is(err, is) {
			return what
		}
	}
	return ""
}

// lasting reports whether a retry of a read cannot help after this error.
func (a *address) lasting(err error) bool {
	again := notBegun(err) && (a.user != "" || !errors.Is(err, rpctypes.ErrUserEmpty))
	return compacted(err) || a.refused(err) != "" && !again
}

func compacted(err error) bool { return errors.Is(err, rpctypes.ErrCompacted) }

// notSent returns the error of a call that was not sent: there was no connection to a
// member, or no token.
func (e *Store) notSent(ctx context.Context, err error) error {
	switch what := e.address.refused(err); {
	case what != "":
		return fmt.Errorf("%v: %s: %w", e, what, err)
	case ctx.Err() != nil:
		return fmt.Errorf("%v: %w", e, ctx.Err())
	}
	return &protocol.Error{Code: protocol.CodeUnavailable, Text: "the store cannot be reached; try again",
		Err: fmt.Errorf("%v: %w", e, err)}
}

// notRead returns the error of a read.
func (e *Store) notRead(ctx context.Context, err error) error {
	if what := e.address.refused(err); what != "" {
		return fmt.Errorf("%v: %s: %w", e, what, err)
	}
	switch {
	case compacted(err):
		return err
	case ctx.Err() != nil:
		return fmt.Errorf("%v: %w", e, ctx.Err())
	}
	return &protocol.Error{
		Code: protocol.CodeUnavailable, Text: "the store does not answer; try again",
		Err: fmt.Errorf("%v: no response within %v: check that the majority of its members runs and can reach each other: %w", e, e.wait,
			err),
	}
}

// notWritten returns the error of a transaction that was sent.
func (e *Store) notWritten(ctx context.Context, err error) error {
	switch what := e.address.refused(err); {
	case errors.Is(err, rpctypes.ErrNoSpace):
		err := fmt.Errorf("%v: its space is used up: compact and defragment it, or raise --quota-backend-bytes, then disarm its alarm: %w",
			e, err)
		return &protocol.Error{Code: protocol.CodeFull, Text: "no space left to store this", Err: err}
	case what != "":
		return fmt.Errorf("%v: %s: %w", e, what, err)
	case notBegun(err):
		return e.notRead(ctx, err)
	case ctx.Err() != nil:
		err = errors.Join(ctx.Err(), err)
	}
	return &protocol.Error{Code: protocol.CodeUnknown, Text: "whether this was stored is not known", Err: fmt.Errorf("%v: %w", e, err)}
}
