package main

import (
	"bytes"
	"context"
	"encoding/base32"
	"fmt"
	"io"
	"sync"
	"time"

	"liveapi.host/host/bench/internal/measure"

	"github.com/pquerna/otp/totp"

	"liveapi.host/host/store"
	"liveapi.host/protocol"
)

// pool is sessions of accounts with a second factor. Each has two codes at a
// time that stay right for 30 s, and one more every 30 s; each is accepted once.
type pool struct {
	hosts        []*server // accounts take turns
	state, store string    // as a host has them
	perSecond    int       // codes that are made ready for each second of a measurement
	all          []*verified
	mu           sync.Mutex
	ready        []*verified
}

// verified is the session of one account.
type verified struct {
	account string
	host    *server
	secret  string
	last    int64       // the step that was used
	conn    *connection // nil while it has no code left, so that there are not too many
}

// measure checks a right code in each call, of another account each time.
func (p *pool) measure(m *measurement) error {
	if err := p.fill(int(float64(p.perSecond) * m.span.Seconds())); err != nil {
		return err
	}
	return m.closedLoop(func() (measure.Caller, error) {
		return measure.Caller{Call: func() error {
			s, code, err := p.next()
			if err != nil {
				return err
			}
			return s.validate(code)
		}}, nil
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
	sealed, end, err := openBriefly(p.state, p.store)
	if err != nil {
		return err
	}
	defer end()
	for ; left < codes; left += 2 {
		s := p.newSession(now)
		if err := enrol(sealed, s.account, s.secret); err != nil {
			return err
		}
		p.all, p.ready = append(p.all, s), append(p.ready, s)
	}
	for _, s := range p.ready {
		if s.conn != nil {
			continue
		}
		if s.conn, err = dial(s.host.socket, s.account); err != nil {
			return err
		}
	}
	return nil
}

func (p *pool) newSession(now int64) *verified {
	name := fmt.Sprintf("account-%06d", len(p.all))
	return &verified{account: name, host: p.hosts[len(p.all)%len(p.hosts)], secret: secretOf(name), last: now - 1}
}

// openBriefly opens the records of a host beside it.
func openBriefly(state, where string) (sealed protocol.Storage, end func(), err error) {
	if sealed, err = openStore(state, where); err != nil {
		return nil, nil, err
	}
	return sealed, func() { sealed.(io.Closer).Close() }, nil
}

func secretOf(account string) string {
	return base32.StdEncoding.EncodeToString([]byte(account[:5] + account[9:]))[:16]
}

// enrol stores a secret for a new account.
func enrol(sealed protocol.Storage, account, secret string) error {
	record := fmt.Appendf(nil, `{"schema":2,"secret":"%s","last_step":1}`, secret)
	_, err := store.Scope(sealed, "TwoFactorAuth", account).Swap(context.Background(), "configuration", 0, record)
	return err
}

// next takes a session out whose next code is right now.
func (p *pool) next() (*verified, string, error) {
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
func (s *verified) validate(code string) error {
	frame, err := frameOf("TwoFactorAuth", "validate_token", `{"tfa_token":"`+code+`"}`)
	if err != nil {
		return err
	}
	body, err := s.conn.exchange(frame)
	if err == nil && !bytes.Contains(body, []byte(`"valid":1`)) {
		err = fmt.Errorf("a right code was not accepted: %s", body)
	}
	return err
}
