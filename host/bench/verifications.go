package main

import (
	"os"
	"path/filepath"
	"sync"

	"liveapi.host/host/bench/internal/measure"
)

// walFrame is what SQLite appends to its log for a record of one page: a page and
// its header, in bytes (sqlite.org/fileformat2.html, section 4.1).
const walFrame = 24 + 4096

// verifications are calls of the real modules, from the caller's socket to the
// records on the disk. They are compared with as many bytes as SQLite writes for
// one verification, and the same wait for the disk.
func verifications(l *lab) *table {
	t := &table{name: "verifications"}
	add := func(name string, measure func(*measurement) error, servers ...*server) {
		t.rows = append(t.rows, &row{name: name, callers: []int{1, 8, 16, 64}, servers: servers, measure: measure})
	}
	add("bare write and fsync", l.syncing())
	p := &pool{hosts: []*server{l.real}, state: l.state("real"), perSecond: 12000}
	add("validate_token, socket to disk", p.measure, l.real)
	prepare := sync.OnceValue(func() error { return prepareReader(l) })
	for _, f := range []function{
		{module: "DomainInfo", name: "list_domains", args: func() string { return `{}` }},
		{module: "TwoFactorAuth", name: "get_user_configuration", args: func() string { return `{}` }},
		{module: "NVData", name: "get", args: func() string { return `{"names":"folded"}` }},
	} {
		f.host, f.account = l.real, reader
		add(f.module+"::"+f.name, func(m *measurement) error {
			if err := prepare(); err != nil {
				return err
			}
			return f.measure(m)
		}, l.real)
	}
	return t
}

// syncing measures an append that is on the disk when it returns. Callers take
// turns, as those of a log do.
func (l *lab) syncing() func(*measurement) error {
	var turn sync.Mutex
	frame := make([]byte, walFrame)
	open := sync.OnceValues(func() (*os.File, error) {
		f, err := os.Create(filepath.Join(l.dir, "bare"))
		if err == nil {
			l.others = append(l.others, func() { f.Close() })
		}
		return f, err
	})
	return func(m *measurement) error {
		f, err := open()
		if err != nil {
			return err
		}
		return m.closedLoop(func() (measure.Caller, error) {
			return measure.Caller{Call: func() error {
				turn.Lock()
				defer turn.Unlock()
				if _, err := f.Write(frame); err != nil {
					return err
				}
				return f.Sync()
			}}, nil
		})
	}
}

// prepareReader gives the account of the reading rows a second factor and a text.
func prepareReader(l *lab) error {
	sealed, end, err := openBriefly(l.state("real"), "")
	if err != nil {
		return err
	}
	defer end()
	if err := enrol(sealed, reader, secretOf(reader)); err != nil {
		return err
	}
	frame, err := frameOf("NVData", "set", `{"names":"folded","folded":"left|right"}`)
	if err != nil {
		return err
	}
	c, err := dial(l.real.socket, reader)
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.exchange(frame)
	return err
}
