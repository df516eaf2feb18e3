package unix

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"liveapi.host/host/call"
	"liveapi.host/host/sys/identity"
	"liveapi.host/protocol/liveapi"
	"liveapi.host/protocol/uapi"
)

// Server serves a session on each connection of a unix socket.
type Server struct {
	Serve func(ctx context.Context, conn *net.UnixConn, caller call.Caller) // serves one session and closes conn
	Log   hclog.Logger

	MaxSessions        int           // at once; 0: 4096
	MaxAccountSessions int           // of one account at once; 0: 1024
	Drain              time.Duration // how long calls may continue after ctx is done; 0: 5 s

	mu       sync.Mutex
	sessions map[*net.UnixConn]string // the account of each
	count    map[string]int           // sessions by account
	names    map[int]string           // accounts by uid, looked up once
	running  sync.WaitGroup
	leaving  chan struct{} // holds one element for each rejected caller that is still read from
}

// parting is how long the host still reads from a caller that it has turned away.
const parting = time.Second

// maxLeaving is the largest number of such callers at once.
const maxLeaving = 32

// Run accepts connections until ctx is done. It then closes the listener, waits up
// to Drain for the calls under way, and closes every connection.
func (s *Server) Run(ctx context.Context, listener *net.UnixListener) {
	s.sessions, s.count, s.names = make(map[*net.UnixConn]string), make(map[string]int), make(map[int]string)
	s.leaving = make(chan struct{}, maxLeaving)
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	defer stop()
	for ctx.Err() == nil {
		conn, err := listener.AcceptUnix()
		if err == nil {
			s.admit(ctx, conn)
			continue
		}
		if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			break
		}
		// Most likely the process has no free descriptors: wait until sessions end.
		s.Log.Error("a connection could not be accepted", "error", err)
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	s.drain()
}

// admit starts a session, or turns the caller away with an error reply.
func (s *Server) admit(ctx context.Context, conn *net.UnixConn) {
	uid, pid, err := identity.Peer(conn)
	if err != nil {
		s.Log.Error("a connection without an identity was closed", "error", err)
		conn.Close()
		return
	}
	account, err := s.enter(conn, uid)
	if err != nil {
		s.Log.Warn("a connection was turned away", "uid", uid, "error", err)
		s.turnAway(conn, err)
		return
	}
	s.running.Go(func() {
		defer s.leave(conn)
		s.Serve(ctx, conn, call.Caller{Account: account, Origin: identity.Origin("unix socket", uid, pid)})
	})
}

func (s *Server) enter(conn *net.UnixConn, uid int) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	account := s.names[uid]
	if account == "" {
		account = identity.Account(uid)
		s.names[uid] = account
	}
	if most := orDefault(s.MaxSessions, 4096); len(s.sessions) >= most {
		return "", fmt.Errorf("this host already serves %d sessions, which is the limit; try again later", most)
	}
	if most := orDefault(s.MaxAccountSessions, 1024); s.count[account] >= most {
		return "", fmt.Errorf("the account already has %d sessions, which is the limit; close some", most)
	}
	s.sessions[conn] = account
	s.count[account]++
	return account, nil
}

func (s *Server) leave(conn *net.UnixConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	account := s.sessions[conn]
	delete(s.sessions, conn)
	if s.count[account]--; s.count[account] == 0 {
		delete(s.count, account)
	}
}

// turnAway sends an error reply to a caller that gets no session; the reply fits
// any request (W10). It discards what the caller sends, for one second at most,
// because a caller that is cut off while it writes could not read the reply. If
// maxLeaving callers are leaving already, it closes the connection at once.
func (s *Server) turnAway(conn *net.UnixConn, err error) {
	conn.SetDeadline(time.Now().Add(parting))
	body := uapi.AppendUnreadable(nil, "", "", "The session could not be started: "+err.Error()+".")
	if liveapi.NewWriter(conn, 0).Reply(body) != nil || conn.CloseWrite() != nil { // the reply fits into a new socket's buffer
		conn.Close()
		return
	}
	select {
	case s.leaving <- struct{}{}:
	default:
		conn.Close()
		return
	}
	go func() {
		defer func() { conn.Close(); <-s.leaving }()
		io.Copy(io.Discard, conn)
	}()
}

// drain waits for the sessions, which end by themselves after the call under way,
// and then closes the rest.
func (s *Server) drain() {
	done := make(chan struct{})
	go func() { s.running.Wait(); close(done) }()
	limit := s.Drain
	if limit == 0 {
		limit = 5 * time.Second
	}
	select {
	case <-done:
		return
	case <-time.After(limit):
	}
	s.mu.Lock()
	s.Log.Warn("sessions with calls under way were closed", "sessions", len(s.sessions))
	for conn := range s.sessions {
		conn.Close()
	}
	s.mu.Unlock()
}

func orDefault(n, fallback int) int {
	if n == 0 {
		return fallback
	}
	return n
}
