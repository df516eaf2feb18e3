package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	clientv3 "go.etcd.io/etcd/client/v3"

	"liveapi.host/host/store/etcdtest"
)

// longRuns reports whether the long forms are to run: `make attack`.
func longRuns() bool { return os.Getenv("LIVEAPI_ATTACK") == "long" }

// rounds returns how often to repeat: quick with go test, long with make attack.
func rounds(quick, long int) int {
	if longRuns() {
		return long
	}
	return quick
}

// engine is a kind of store.
type engine struct {
	name  string
	start func(t *testing.T) fleet
}

// fleet is a number of hosts that share one store.
type fleet struct {
	hosts []*daemon // open hosts

	// disturb returns, for some rounds, a fault of the engine that runs in the middle
	// of the round, while the attack goes on.
	disturb func(round int) func(t *testing.T)
}

// engines returns the stores that the attacks run over.
func engines() []engine {
	sqlite := func(hosts int) func(t *testing.T) fleet {
		return func(t *testing.T) (f fleet) {
			p := newPlace(t)
			for i := range hosts {
				f.hosts = append(f.hosts, p.openHost(t, fmt.Sprint("h", i)))
			}
			return f
		}
	}
	return []engine{{"one host", sqlite(1)}, {"four hosts on one file", sqlite(4)}, {"three hosts on three nodes of etcd", etcdFleet}}
}

// etcdFleet stops the leader in the middle of each tenth round, until another member
// leads.
func etcdFleet(t *testing.T) (f fleet) {
	c := etcdtest.Start(t, 3, nil)
	admin := c.Client(t, clientv3.Config{})
	p := newPlace(t)
	for i := range 3 {
		f.hosts = append(f.hosts, p.openHost(t, fmt.Sprint("h", i), "LIVEAPI_STORE="+c.Address("attack")))
	}
	f.disturb = func(round int) func(*testing.T) {
		if round%10 != 5 {
			return nil
		}
		return func(t *testing.T) {
			leader, _ := c.Leader(t, admin)
			leader.Pause(t)
			defer leader.Resume(t)
			c.Leader(t, admin)
		}
	}
	return f
}

// device is a device with an authenticator app.
type device struct{ secret string }

func newDevice(t testing.TB) device { return device{newEnrolment(t).secret} }

// code returns what the device shows this many steps from now.
func (d device) code(t testing.TB, step int64) string {
	t.Helper()
	code, err := totp.GenerateCode(d.secret, time.Unix((time.Now().Unix()/30+step)*30, 0))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// wrong returns six digits that the device does not show within an hour.
func (d device) wrong(t testing.TB) string {
	t.Helper()
	near := make(map[string]bool)
	for i := int64(-120); i <= 120; i++ {
		near[d.code(t, i)] = true
	}
	for i := range 1000 {
		if code := fmt.Sprintf("%06d", i*997); !near[code] {
			return code
		}
	}
	t.Fatal("found no wrong code")
	return ""
}

// verdict is the data of validate_token.
type verdict struct {
	Valid  int    `json:"valid"`
	Retry  int    `json:"retry_after"`
	Method string `json:"method"`
}

// validated reads the response of validate_token: it always has data, and no part of
// it says that a code was accepted when it was not.
func validated(r *reply) (v verdict, err error) {
	if err := json.Unmarshal(r.Result.Data, &v); err != nil || strings.Count(string(r.Result.Data), `"valid":`) != 1 {
		return verdict{}, fmt.Errorf("the data of validate_token: %s, %v", r.Result.Data, err)
	}
	if v.Valid == 1 && (r.Result.Status != 1 || v.Method == "") || v.Valid == 0 && v.Method != "" {
		return verdict{}, fmt.Errorf("validate_token contradicts itself: status %d, %s", r.Result.Status, r.Result.Data)
	}
	return v, nil
}

func (c *rawCaller) validate(token any) (verdict, *reply, error) {
	r, err := c.call("TwoFactorAuth", "validate_token", map[string]any{"tfa_token": token})
	if err != nil {
		return verdict{}, nil, err
	}
	v, err := validated(r)
	return v, r, err
}

func (c *rawCaller) mustValidate(t testing.TB, token any) (verdict, *reply) {
	t.Helper()
	v, r, err := c.validate(token)
	if err != nil {
		t.Fatal(err)
	}
	return v, r
}

// enrol turns the second factor on with the code of the step before this one, so that
// those of this step and the next are still unused.
func (d device) enrol(t testing.TB, c *rawCaller) {
	t.Helper()
	c.succeed(t, "TwoFactorAuth", "set_user_configuration", map[string]string{"secret": d.secret, "tfa_token": d.code(t, -1)}, nil)
}
