package accounts

import (
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"liveapi.host/protocol"
)

// TestPasswdAsksTheNameService: a user who is not in the file is looked up in the
// name service and cached for ten seconds. The user of this process plays the role
// of an LDAP user.
func TestPasswdAsksTheNameService(t *testing.T) {
	me, err := user.LookupId(strconv.Itoa(os.Getuid()))
	if err != nil {
		t.Skipf("this user has no entry in the system's database: %v", err)
	}
	now, asked := time.Now(), 0
	users := NewPasswd(filepath.Join(t.TempDir(), "none"), func() time.Time { return now })
	users.look = func(name string) (*user.User, error) {
		asked++
		return user.Lookup(name)
	}
	var first *protocol.Account
	for _, c := range []struct {
		after time.Duration
		asked int
	}{{0, 1}, {0, 1}, {9 * time.Second, 1}, {time.Second, 2}, {9 * time.Second, 2}, {time.Minute, 3}} {
		now = now.Add(c.after)
		a, err := users.Account(t.Context(), me.Username)
		if err != nil || a.UID != os.Getuid() || a.Home != filepath.Clean(me.HomeDir) || asked != c.asked {
			t.Fatalf("%+v, %v after %d lookups, not %d", a, err, asked, c.asked)
		}
		if first == nil {
			first = a
		} else if a != first {
			t.Error("the same user gives another pointer")
		}
	}
	// That there is no such user is cached for a second: the user may be created.
	for _, c := range []struct {
		after time.Duration
		asked int
	}{{0, 4}, {999 * time.Millisecond, 4}, {time.Millisecond, 5}} {
		now = now.Add(c.after)
		if a, err := users.Account(t.Context(), "no.such.user"); !errors.Is(err, protocol.ErrNotFound) || asked != c.asked {
			t.Errorf("%+v, %v after %d lookups, not %d", a, err, asked, c.asked)
		}
	}
	for n := range 3 * maxUnknown {
		users.Account(t.Context(), "no.such.user"+strconv.Itoa(n))
	}
	if len(users.absent) > maxUnknown {
		t.Errorf("%d unknown names are cached", len(users.absent))
	}
}

// TestNameServiceThatDoesNotRespond: the error is not "not found".
func TestNameServiceThatDoesNotRespond(t *testing.T) {
	users := NewPasswd(filepath.Join(t.TempDir(), "none"), time.Now)
	users.look = func(string) (*user.User, error) { return nil, errors.New("connection refused") }
	a, err := users.Account(t.Context(), "ann")
	if a != nil || !errors.Is(err, protocol.ErrUnavailable) || errors.Is(err, protocol.ErrNotFound) {
		t.Errorf("%+v, %v", a, err)
	}
}
