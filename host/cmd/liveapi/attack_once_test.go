package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// RFC 6238 section 5.2, ASVS 6.5.1: when 64 sessions send one code at the same time,
// exactly one is accepted, in every round, at each door and over all doors, for any
// number of hosts on the store.
func TestRFC6238Section52OnceOverEveryEngine(t *testing.T) {
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			f := e.start(t)
			for round := range rounds(12, 1000) {
				account := fmt.Sprintf("a%04d", round)
				names := []string{"set", "validate", "recovery", "every door"}
				race := f.race(t, account, names[round%len(names)])
				var disturbed sync.WaitGroup
				var disturb func(*testing.T)
				if f.disturb != nil {
					disturb = f.disturb(round)
				}
				if disturb != nil {
					disturbed.Go(func() { disturb(t) })
				}
				tally := race.run(t)
				disturbed.Wait()
				// A call with an unknown outcome may have been accepted, once.
				if tally.accepted != 1 && (tally.accepted != 0 || tally.unknown == 0) {
					t.Fatalf("round %d, %s: %+v", round, race.name, tally)
				}
				if disturb == nil && race.name != "every door" && (tally.refused != 4 || tally.throttled != sessions-5) {
					t.Fatalf("round %d, %s: %+v; want 1 accepted, 4 refused, the others throttled", round, race.name, tally)
				}
			}
		})
	}
}

// sessions is how many send the same code at the same time.
const sessions = 64

// attempt is what one session of a race sends.
type attempt struct {
	function string
	args     map[string]string
}

// race is one code in many sessions.
type race struct {
	name     string
	callers  []*rawCaller
	attempts []attempt // the callers' in turn
}

// race prepares a round for a new account.
func (f fleet) race(t *testing.T, account, name string) race {
	t.Helper()
	r := race{name: name}
	for i := range sessions {
		r.callers = append(r.callers, mustDialAs(t, f.hosts[i%len(f.hosts)].socket, account))
	}
	d, other := newDevice(t), newDevice(t)
	code := d.code(t, 1)
	set := attempt{"set_user_configuration", map[string]string{"secret": d.secret, "tfa_token": code}}
	if name == "set" {
		r.attempts = []attempt{set}
		return r
	}
	d.enrol(t, r.callers[0])
	if name == "recovery" {
		var made struct {
			Codes []string `json:"recovery_codes"`
		}
		r.callers[0].succeed(t, "TwoFactorAuth", "generate_recovery_codes", nil, &made)
		code = made.Codes[5]
	}
	token := map[string]string{"tfa_token": code}
	r.attempts = []attempt{{"validate_token", token}}
	if name == "every door" {
		r.attempts = append(r.attempts, attempt{"generate_recovery_codes", token}, attempt{"remove_user_configuration", token}, attempt{
			"set_user_configuration", map[string]string{"secret": other.secret, "tfa_token": other.code(t, 1), "current_tfa_token": code},
		})
	}
	return r
}

// tally is how the sessions of a race ended.
type tally struct{ accepted, refused, throttled, unknown, other int }

func (r race) run(t *testing.T) (n tally) {
	t.Helper()
	payloads := make([]string, len(r.callers))
	functions := make([]string, len(r.callers))
	for i := range r.callers {
		a := r.attempts[i%len(r.attempts)]
		payloads[i], functions[i] = action("TwoFactorAuth", a.function, a.args), a.function
	}
	replies, err := allAtOnce(r.callers, payloads, functions)
	if err != nil {
		t.Fatal(err)
	}
	for i, reply := range replies {
		errors := strings.Join(reply.Result.Errors, " ")
		var v verdict
		json.Unmarshal(reply.Result.Data, &v) // of validate_token
		switch {
		case reply.Result.Status == 1 && functions[i] == "validate_token" && v.Valid == 0, strings.HasSuffix(errors, "The security code is invalid."):
			n.refused++
		case reply.Result.Status == 1 && len(reply.Result.Warnings) > 0: // nothing was configured any more
			n.other++
		case reply.Result.Status == 1:
			n.accepted++
		case strings.Contains(errors, "Too many wrong security codes. Wait "):
			n.throttled++
		case strings.Contains(errors, "is not known"), strings.Contains(errors, "cannot be read now"):
			n.unknown++
		case functions[i] == "generate_recovery_codes" && strings.HasSuffix(errors, "is not configured."), strings.Contains(errors, "is being changed by others"):
			n.other++
		default:
			t.Errorf("%s: %s", functions[i], errors)
		}
	}
	for _, c := range r.callers {
		if err := c.end(); err != nil {
			t.Error(err)
		}
	}
	return n
}

// allAtOnce has every caller send its payload at the same moment.
func allAtOnce(callers []*rawCaller, payloads, functions []string) ([]*reply, error) {
	replies, errs := make([]*reply, len(callers)), make([]error, len(callers))
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for i, c := range callers {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			if errs[i] = c.send(payloads[i]); errs[i] == nil {
				replies[i], errs[i] = c.answer("TwoFactorAuth", functions[i])
			}
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("caller %d: %w", i, err)
		}
	}
	return replies, nil
}
