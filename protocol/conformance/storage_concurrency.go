package conformance

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"liveapi.host/protocol"
)

func checkContext(ctx context.Context, s protocol.Storage) error {
	p := &probe{ctx: ctx, s: s}
	v := p.put("a", 0, "one")
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err := s.Get(ended, "a")
	p.refused("Get with an ended context", err)
	_, err = s.List(ended, "", "", 10)
	p.refused("List with an ended context", err)
	for _, value := range [][]byte{[]byte("two"), {}, nil} {
		_, err = s.Swap(ended, "a", v, value)
		p.refused("Swap with an ended context", err)
		_, err = s.Swap(ended, "b", 0, value)
		p.refused("Swap with an ended context", err)
	}
	p.has("a", v, "one")
	p.hasNot("b")
	return p.err
}

// sessions is how many callers swap at the same moment.
const sessions = 64

func checkRace(ctx context.Context, s protocol.Storage) error {
	p := &probe{ctx: ctx, s: s}
	var v protocol.Version
	for round := range 5 { // the first creates, the others replace, the last deletes
		var value func(i int) []byte
		if round < 4 {
			value = func(i int) []byte { return fmt.Appendf(nil, "%d of round %d", i, round) }
		} else {
			value = func(int) []byte { return nil }
		}
		winner, version := p.race("a", v, value)
		if p.err != nil {
			return p.err
		}
		if value(0) == nil {
			p.hasNot("a")
			continue
		}
		p.has("a", version, string(value(winner)))
		v = version
	}
	return p.err
}

// race swaps one version from many goroutines, and returns the one that succeeded.
func (p *probe) race(key string, old protocol.Version, value func(i int) []byte) (int, protocol.Version) {
	var versions [sessions]protocol.Version
	var errs [sessions]error
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range sessions {
		all.Go(func() {
			<-start
			versions[i], errs[i] = p.s.Swap(p.ctx, key, old, value(i))
		})
	}
	close(start)
	all.Wait()
	winner := -1
	for i, err := range errs {
		switch {
		case err == nil && winner >= 0:
			p.fail("two of %d Swaps of version %d succeeded", sessions, old)
		case err == nil:
			winner = i
		case !errors.Is(err, protocol.ErrConflict):
			p.fail("one of %d Swaps of version %d: %v; want ErrConflict", sessions, old, err)
		}
	}
	if winner < 0 {
		p.fail("none of %d Swaps of version %d succeeded", sessions, old)
		return 0, 0
	}
	return winner, versions[winner]
}

func checkUpdates(ctx context.Context, s protocol.Storage) error {
	const loops, times = 8, 10
	p := &probe{ctx: ctx, s: s}
	p.put("count", 0, "0")
	var errs [loops]error
	var all sync.WaitGroup
	for i := range loops {
		all.Go(func() {
			for range times {
				if errs[i] = addOne(ctx, s, "count"); errs[i] != nil {
					return
				}
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		p.fail("%w", err)
	}
	if rec, err := s.Get(ctx, "count"); err != nil || string(rec.Value) != strconv.Itoa(loops*times) {
		p.fail("after %d acknowledged increments the count is %s, %v", loops*times, rec.Value, err)
	}
	return p.err
}

func addOne(ctx context.Context, s protocol.Storage, key string) error {
	for {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("conflicts do not end: %w", err)
		}
		rec, err := s.Get(ctx, key)
		if err != nil {
			return fmt.Errorf("get: %w", err)
		}
		n, err := strconv.Atoi(string(rec.Value))
		if err != nil {
			return fmt.Errorf("the count is not a number: %w", err)
		}
		switch _, err = s.Swap(ctx, key, rec.Version, strconv.AppendInt(nil, int64(n)+1, 10)); {
		case err == nil:
			return nil
		case !errors.Is(err, protocol.ErrConflict):
			return fmt.Errorf("swap: %w", err)
		}
	}
}

func checkAlias(ctx context.Context, s protocol.Storage) error {
	p := &probe{ctx: ctx, s: s}
	mine := []byte("value")
	v, err := s.Swap(ctx, "a", 0, mine)
	if err != nil {
		return fmt.Errorf("swap: %w", err)
	}
	if string(mine) != "value" {
		p.fail("Swap changed its caller's value to %s", show(string(mine)))
	}
	clear(mine)
	p.has("a", v, "value")
	for range 2 {
		if rec, err := s.Get(ctx, "a"); err == nil {
			clear(rec.Value[:cap(rec.Value)])
		}
		for _, rec := range p.list("", "", 10) {
			clear(rec.Value[:cap(rec.Value)])
		}
		p.has("a", v, "value")
		for _, rec := range p.list("", "", 10) {
			p.same(rec, "a", v, "value")
		}
	}
	return p.err
}
