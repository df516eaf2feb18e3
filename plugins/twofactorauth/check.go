package twofactorauth

import "liveapi.host/sdk"

// The core: each way to check a code is a pure function. Its input is the record,
// the time and what was sent; its results are the next record and a verdict.
// Nothing here reads a clock, a storage or randomness, and no caller learns a
// verdict before the next record is committed.

// rules is the part of the configuration that decides about codes.
type rules struct {
	window         int64 // steps before and after the present one
	maxFailures    int64 // in a row; then time codes are no longer evaluated
	tokenToChange  bool  // changes need a code of the present configuration
	requirePending bool  // only a secret that was issued here is enrolled

	// The two keyed hashes, codeAt and hmacSHA256, as members so that a test can
	// count what is evaluated.
	codeAt func(secret string, step int64) (string, error)
	mac    func(key, text string) string
}

// verdict is the decision about a candidate. Its zero value does not accept.
type verdict int

const (
	undecided     verdict = iota
	open                  // of gate: it would be evaluated
	accepted              // and used up
	wrong                 // evaluated and counted
	replayed              // a code of a used step: evaluated and counted
	malformed             // not a code: not evaluated
	throttled             // not evaluated: wait
	locked                // not evaluated: only a recovery code would be
	clockWrong            // not evaluated: the clock must be wrong
	needsToken            // not evaluated: none was sent, and the change needs one
	notIssued             // not evaluated: the secret is not a pending one
	notConfigured         // there is nothing to check against
)

// outcome is a verdict with its details.
type outcome struct {
	verdict verdict
	method  string // of an accepted candidate: methodTOTP or methodRecovery
	step    int64  // that was accepted or replayed
	wait    int64  // seconds until the next candidate would be evaluated
	fails   int64  // in a row, with this one
}

const (
	methodTOTP     = "totp"
	methodRecovery = "recovery"
)

// changes reports whether the record is to be written: something was evaluated,
// or a change was allowed.
func (o outcome) changes() bool {
	return o.verdict == accepted || o.verdict == wrong || o.verdict == replayed
}

// candidate is what was sent as a code: six digits, a recovery code, or neither when
// it has the form of neither.
type candidate struct{ code, recovery sdk.Secret }

func newCandidate(token sdk.Secret) candidate {
	if code, ok := normalizeCode(token); ok {
		return candidate{code: sdk.NewSecret(code)}
	}
	if code, ok := normalizeRecovery(token.Reveal()); ok {
		return candidate{recovery: sdk.NewSecret(code)}
	}
	return candidate{}
}

func (c candidate) isZero() bool { return c.code.IsZero() && c.recovery.IsZero() }

// check evaluates a candidate against what is configured. A record without a
// configuration takes the same path and costs the same.
func (u *rules) check(r record, now int64, c candidate) (record, outcome, error) {
	if v := u.gate(r, now, c); v != open {
		return u.refuse(r, now, v)
	}
	next, o, err := u.evaluate(r, now, c)
	if err != nil {
		return r, outcome{}, err
	}
	return u.settle(r, next, now, o)
}

// evaluate compares, and returns the record with the candidate used up.
func (u *rules) evaluate(r record, now int64, c candidate) (record, outcome, error) {
	if !c.recovery.IsZero() {
		left, ok := r.recovery.spend(u.mac, c.recovery.Reveal())
		if !ok || !r.enabled() {
			return r, outcome{verdict: wrong}, nil
		}
		r.recovery = left
		return r, outcome{verdict: accepted, method: methodRecovery, step: r.lastStep}, nil
	}
	secret := r.secret
	if !r.enabled() {
		secret = sdk.NewSecret(nobodysSecret)
	}
	step, v, err := u.fresh(secret, c.code, r.lastStep, now)
	if err != nil {
		return r, outcome{}, err
	}
	switch {
	case !r.enabled():
		v = wrong
	case v == accepted:
		r.lastStep = step
	}
	return r, outcome{verdict: v, method: methodTOTP, step: step}, nil
}

// nobodysSecret stands in where nothing is configured, so that the check takes the
// same time. Its codes are never accepted.
const nobodysSecret = "AAAAAAAAAAAAAAAA"

// fresh looks for a step of the window that has this code and is later than every
// used step.
func (u *rules) fresh(secret, code sdk.Secret, lastStep, now int64) (int64, verdict, error) {
	step, ok, err := match(u.codeAt, secret.Reveal(), code.Reveal(), now/period, u.window)
	switch {
	case err != nil:
		return 0, undecided, err
	case !ok:
		return 0, wrong, nil
	case step <= lastStep:
		return step, replayed, nil
	}
	return step, accepted, nil
}

// settle counts: an accepted candidate resets the failures, any other adds one.
func (u *rules) settle(before, next record, now int64, o outcome) (record, outcome, error) {
	if o.verdict == accepted {
		next.fails, next.notBefore = 0, 0
	} else {
		next = before.failed(now)
		o.method = ""
	}
	o.wait, o.fails = u.wait(next, now), next.fails
	return next, o, nil
}

func (u *rules) refuse(r record, now int64, v verdict) (record, outcome, error) {
	return r, outcome{verdict: v, wait: u.wait(r, now), fails: r.fails}, nil
}

// enrolment is the input of set. current is nil when it was not sent.
type enrolment struct {
	secret  sdk.Secret
	code    candidate
	current *candidate
}

// enrol replaces the configuration by the secret of e. The code of the new secret
// has to be right, and so has the code of the present configuration where one was
// sent or is needed. Both must be later than the same used step, and at most one
// failure is counted. The new code is checked first: the caller knows that secret,
// so the verdict tells him nothing. The present code is evaluated only when the
// response would show that it is right.
func (u *rules) enrol(r record, now int64, e enrolment) (record, outcome, error) {
	checked := r.enabled() && e.current != nil
	v := u.gate(r, now, e.code)
	switch {
	case v != open:
	case e.code.code.IsZero(), checked && e.current.isZero():
		v = malformed
	case r.enabled() && u.tokenToChange && e.current == nil:
		v = needsToken
	case u.requirePending && !r.pending.holds(u.mac, e.secret.Reveal(), now):
		v = notIssued
	}
	if v != open {
		return u.refuse(r, now, v)
	}
	step, v, err := u.fresh(e.secret, e.code.code, r.lastStep, now)
	if err != nil {
		return r, outcome{}, err
	}
	o := outcome{verdict: v, method: methodTOTP, step: step}
	if v == accepted && checked {
		present, po, err := u.evaluate(r, now, *e.current)
		if err != nil {
			return r, outcome{}, err
		}
		step = max(step, present.lastStep)
		o = po
	}
	return u.settle(r, record{secret: e.secret, lastStep: step}, now, o)
}

// authorize decides about a change of the configuration: c is nil when no code was
// sent. An acceptance without a code does not reset the failures.
func (u *rules) authorize(r record, now int64, c *candidate) (record, outcome, error) {
	switch {
	case !r.enabled():
		return u.refuse(r, now, notConfigured)
	case c != nil:
		return u.check(r, now, *c)
	case u.tokenToChange:
		return u.refuse(r, now, needsToken)
	}
	return r, outcome{verdict: accepted}, nil
}

// withdraw removes the configuration. The last used step, the failures and a
// pending secret stay.
func (u *rules) withdraw(r record, now int64, c *candidate) (record, outcome, error) {
	next, o, err := u.authorize(r, now, c)
	if err == nil && o.verdict == accepted {
		next.secret, next.recovery = sdk.Secret{}, recovery{}
	}
	return next, o, err
}

// renew replaces the recovery codes. A locked record always needs a code for this,
// whatever the configuration says: otherwise the new recovery codes would unlock it.
func (u *rules) renew(r record, now int64, c *candidate, codes recovery) (record, outcome, error) {
	if c == nil && r.enabled() && u.locked(r) {
		return u.refuse(r, now, locked)
	}
	next, o, err := u.authorize(r, now, c)
	if err == nil && o.verdict == accepted {
		next.recovery = codes
	}
	return next, o, err
}
