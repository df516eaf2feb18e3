package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/pquerna/otp/totp"

	"liveapi.host/host/call"
	"liveapi.host/host/store"
	"liveapi.host/host/store/etcd"
	"liveapi.host/host/store/keys"
	"liveapi.host/host/store/sqlite"
	"liveapi.host/protocol"
)

// syncLayer is what the verifications are compared with: as many bytes as SQLite
// writes for one, and the same wait for the disk, one after the other.
const syncLayer = "bare write and fsync"

// walFrame is what SQLite appends to its log for a record of one page: a page and
// its header (sqlite.org/fileformat2.html, section 4.1).
const walFrame = 24 + 4096

// verifications are the layers of validate_token, with a right code in each call.
func verifications(dir, modules, only string) (all []layer, stop func(), err error) {
	stop = func() {}
	bare, err := os.Create(filepath.Join(dir, "bare"))
	if err != nil {
		return nil, stop, err
	}
	socket, state := socketIn(dir, "verifier"), filepath.Join(dir, "state")
	end, err := start("verifier", socket, state, modules, filepath.Join(state, "liveapi.db"))
	if err != nil {
		return nil, stop, err
	}
	p := &pool{sockets: []string{socket}, state: state, store: filepath.Join(state, "liveapi.db"), perSecond: 12000}
	stop = func() { end(); bare.Close() }
	all = []layer{{syncLayer, syncing(bare)}}
	if name := "validate_token, socket to disk"; strings.Contains(name, only) {
		all = append(all, layer{name, p.measure})
	}
	return all, stop, nil
}

// syncing measures an append that is on the disk when it returns. Callers take
// turns, as those of a log do.
func syncing(f *os.File) func(int, time.Duration) ([]time.Duration, error) {
	var turn sync.Mutex
	frame := make([]byte, walFrame)
	return func(n int, span time.Duration) ([]time.Duration, error) {
		return closedLoop(n, span, func() (func() error, func(), error) {
			return func() error {
				turn.Lock()
				defer turn.Unlock()
				if _, err := f.Write(frame); err != nil {
					return err
				}
				return f.Sync()
			}, func() {}, nil
		})
	}
}

// openEngine opens the engine at an address of etcd or a path.
func openEngine(where string) (protocol.Storage, error) {
	if etcd.IsAddress(where) {
		return etcd.Open(where)
	}
	return sqlite.Open(context.Background(), where)
}

// serveVerifier is a host with the real module and store, whose callers say in a
// first line who they are: [socket, state folder, modules folder, store].
func serveVerifier(args []string) error {
	engine, err := openEngine(args[3])
	if err != nil {
		return err
	}
	door, err := newDoor(call.Config{Store: store.Sealed(engine, keysIn(args[1])), Scope: store.Scope, Whole: store.Whole}, args[2], false)
	if err != nil {
		return err
	}
	return accept(args[0], func(conn net.Conn) {
		name := make([]byte, accountLength)
		if _, err := io.ReadFull(conn, name); err != nil {
			conn.Close()
			return
		}
		door.Serve(context.Background(), conn.(*net.UnixConn), call.Caller{Account: string(name)})
	})
}

const accountLength = len("account-000000")

func keysIn(state string) *keys.Ring {
	return keys.NewRing(filepath.Join(state, "liveapi.key"), rand.Reader)
}

// pool is sessions of accounts with a second factor. Each has two codes at a
// time that stay right for 30 s, and one more every 30 s; each is accepted once.
type pool struct {
	sockets      []string // of the hosts; accounts take turns
	state, store string
	perSecond    int // codes that are made ready for each second of a measurement
	all          []*session
	mu           sync.Mutex
	ready        []*session
}

type session struct {
	account, socket string

	conn   net.Conn // nil while it has no code left, so that there are not too many
	in     *bufio.Reader
	secret string
	last   int64 // the step that was used
}

// measure checks a right code in each call, of another account each time.
func (p *pool) measure(n int, span time.Duration) ([]time.Duration, error) {
	if err := p.fill(int(float64(p.perSecond) * span.Seconds())); err != nil {
		return nil, err
	}
	return closedLoop(n, span, func() (func() error, func(), error) {
		return func() error {
			s, code, err := p.next()
			if err != nil {
				return err
			}
			return s.validate(code)
		}, func() {}, nil
	})
}

// fill makes so many codes ready, of as many accounts as it needs.
func (p *pool) fill(codes int) error {
	now := time.Now().Unix() / 30
	left := 0
	p.ready = p.ready[:0]
	for _, s := range p.all {
		s.last = max(s.last, now-1)
		if n := int(now + 1 - s.last); n > 0 && left < codes {
			left += n
			p.ready = append(p.ready, s)
		} else if s.conn != nil {
			s.conn.Close()
			s.conn = nil
		}
	}
	engine, err := openEngine(p.store)
	if err != nil {
		return err
	}
	defer engine.(io.Closer).Close()
	sealed := store.Sealed(engine, keysIn(p.state))
	for ; left < codes; left += 2 {
		s, err := p.enrol(sealed, now)
		if err != nil {
			return err
		}
		p.all, p.ready = append(p.all, s), append(p.ready, s)
	}
	for _, s := range p.ready {
		if err := s.open(); err != nil {
			return err
		}
	}
	return nil
}

// open begins the session, unless it has begun.
func (s *session) open() (err error) {
	if s.conn != nil {
		return nil
	}
	if s.conn, err = net.Dial("unix", s.socket); err != nil {
		return err
	}
	s.in = bufio.NewReader(s.conn)
	_, err = io.WriteString(s.conn, s.account)
	return err
}

// enrol stores a secret for a new account.
func (p *pool) enrol(sealed protocol.Storage, now int64) (*session, error) {
	name := fmt.Sprintf("account-%06d", len(p.all))
	secret := base32.StdEncoding.EncodeToString([]byte(name[:5] + name[9:]))[:16]
	record := fmt.Appendf(nil, `{"schema":2,"secret":"%s","last_step":1}`, secret)
	if _, err := store.Scope(sealed, "TwoFactorAuth", name).Swap(context.Background(), "configuration", 0, record); err != nil {
		return nil, err
	}
	return &session{account: name, socket: p.sockets[len(p.all)%len(p.sockets)], secret: secret, last: now - 1}, nil
}

// next takes a session out whose next code is right now.
func (p *pool) next() (*session, string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now().Unix() / 30
	for len(p.ready) > 0 {
		s := p.ready[0]
		p.ready = p.ready[1:]
		if s.last = max(s.last+1, now); s.last <= now+1 {
			p.ready = append(p.ready, s)
			code, err := totp.GenerateCode(s.secret, time.Unix(s.last*30, 0))
			return s, code, err
		}
	}
	return nil, "", fmt.Errorf("the codes are used up: a measurement has %d for each second", p.perSecond)
}

// validate has one code checked, which has to be accepted.
func (s *session) validate(code string) error {
	call := `<cpanelaction>{"apiversion":"uapi","args":{"tfa_token":"` + code + `"},"func":"validate_token","module":"TwoFactorAuth","reqtype":"exec"}</cpanelaction>`
	if _, err := fmt.Fprintf(s.conn, "%d\n%s", len(call), call); err != nil {
		return err
	}
	if _, err := s.in.ReadSlice('\n'); err != nil { // a reply has two lines (W7)
		return err
	}
	line, err := s.in.ReadSlice('\n')
	if err == nil && !bytes.Contains(line, []byte(`"valid":1`)) {
		err = fmt.Errorf("a right code was not accepted: %s", line)
	}
	return err
}
