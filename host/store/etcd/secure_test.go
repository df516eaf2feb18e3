package etcd_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	"liveapi.host/host/store"
	"liveapi.host/host/store/etcd"
	"liveapi.host/host/store/etcdtest"
	"liveapi.host/protocol"
)

// protect turns on authentication in a cluster, with the users root and liveapi, who has
// the rights of docs/fleet.md.
func protect(t *testing.T, admin *clientv3.Client) {
	t.Helper()
	ctx := t.Context()
	steps := []func() error{
		func() error { _, err := admin.UserAdd(ctx, "root", "root's"); return err },
		func() error { _, err := admin.RoleAdd(ctx, "root"); return err },
		func() error { _, err := admin.UserGrantRole(ctx, "root", "root"); return err },
		func() error { _, err := admin.UserAdd(ctx, "liveapi", "pass word"); return err },
		func() error { _, err := admin.RoleAdd(ctx, "liveapi"); return err },
		func() error { _, err := admin.UserGrantRole(ctx, "liveapi", "liveapi"); return err },
		func() error {
			_, err := admin.RoleGrantPermission(
				ctx,
				"liveapi",
				"/liveapi/",
				clientv3.GetPrefixRangeEnd("/liveapi/"),
				clientv3.PermissionType(clientv3.PermReadWrite),
			)
			return err
		},
		func() error { _, err := admin.AuthEnable(ctx); return err },
	}
	for i, step := range steps {
		if err := step(); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
}

func ownFile(t *testing.T, mode os.FileMode, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// uses checks that a store works in its part of the cluster.
func uses(t *testing.T, address string) {
	t.Helper()
	s := openEtcd(t, address)
	v := put(t, s, "a", "x")
	want(t, s, "a", "x")
	if recs, err := s.List(t.Context(), "", "", 10); err != nil || len(recs) != 1 {
		t.Errorf("List: %d records, %v", len(recs), err)
	}
	if _, err := s.Swap(t.Context(), "a", v, nil); err != nil {
		t.Error(err)
	}
}

// refusedCalls checks that every call fails without an effect, and that the error says
// what to do.
func refusedCalls(t *testing.T, s protocol.Storage, says string) {
	t.Helper()
	_, get := s.Get(t.Context(), "a")
	_, list := s.List(t.Context(), "", "", 10)
	_, swap := s.Swap(t.Context(), "a", 0, []byte("x"))
	for name, err := range map[string]error{"Get": get, "List": list, "Swap": swap} {
		if err == nil || strings.Contains(err.Error(), "canary") || errors.Is(err, protocol.ErrUnknown) ||
			errors.Is(err, protocol.ErrNotFound) ||
			!strings.Contains(err.Error(), says) {
			t.Errorf("%s: error is %v (%v), want one that says %q", name, err, protocol.CodeOf(err), says)
		}
	}
}

func TestEtcdPassword(t *testing.T) {
	c := etcdtest.Start(t, 1, nil)
	protect(t, c.Client(t, clientv3.Config{}))
	as := func(user, file, prefix string) string {
		return "etcd://" + user + "@" + c.Hosts() + prefix + "?password-file=" + file
	}
	right := ownFile(t, 0o600, "pass word\n")
	uses(t, as("liveapi", right, ""))

	refusedCalls(t, openEtcd(t, as("liveapi", right, "/other")), `the user "liveapi" may not read and write there: grant its role the permission readwrite with the prefix /other/`)
	refusedCalls(t, openEtcd(t, "etcd://"+c.Hosts()), "it needs a user: name one in the address")

	canary := ownFile(t, 0o600, "wrong-canary")
	refusedCalls(t, openEtcd(t, as("liveapi", canary, "")), `the user "liveapi" does not exist or has another password`)
	refusedCalls(t, openEtcd(t, as("nobody", right, "")), `the user "nobody" does not exist or has another password`)
	for says, path := range map[string]string{
		"chmod 600":        ownFile(t, 0o640, "pass word"),
		"one line of text": ownFile(t, 0o600, "\n"),
		"no such file":     "/nonexistent",
	} {
		_, err := etcd.Open(as("liveapi", path, ""))
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "pass word") {
			t.Errorf("%s: error is %v, want one that says %q", path, err, says)
		}
	}

	// A changed password is used as soon as a new token is needed.
	s := openEtcd(t, as("liveapi", canary, "/liveapi/changed"))
	refusedCalls(t, s, "check the user and password file")
	if err := os.WriteFile(canary, []byte("pass word"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Swap(t.Context(), "a", put(t, s, "a", "x"), nil); err != nil {
		t.Error(err)
	}

	// A credential of systemd has another mode, and only the service can read it.
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "etcd"), []byte("pass word"), 0o440); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	uses(t, "etcd://liveapi@"+c.Hosts()+"?password-credential=etcd")
}

// A token of etcd expires after 5 minutes, or with the member that issued it. A later
// call gets a new token and is made only once.
func TestEtcdTokenThatEnded(t *testing.T) {
	t.Parallel()
	c := etcdtest.Start(t, 1, nil)
	protect(t, c.Client(t, clientv3.Config{}))
	s := openEtcd(t, "etcd://liveapi@"+c.Hosts()+"?password-file="+ownFile(t, 0o600, "pass word"))
	v := put(t, s, "a", "x")
	c.Members[0].Kill() // simple tokens are in its memory only
	c.Begin(t)
	if rec := again(t, s, "a"); rec.Version != v {
		t.Fatalf("version %d, want %d", rec.Version, v)
	}
	c.Members[0].Kill()
	c.Begin(t)
	if _, err := s.Swap(t.Context(), "a", v, []byte("y")); err != nil {
		t.Fatalf("Swap with a token that ended: %v", err)
	}
}

func TestEtcdClientCertificate(t *testing.T) {
	t.Parallel()
	authority := etcdtest.NewTLS(t)
	c := etcdtest.Start(t, 1, authority)
	root, own, other := authority.Pair(t, "root"), authority.Pair(t, "liveapi"), authority.Pair(t, "other")
	protect(t, c.Client(t, clientv3.Config{TLS: authority.Config(t, root)}))
	with := func(pair etcdtest.Pair, ca string) string {
		return "etcds://" + c.Hosts() + "?ca=" + ca + "&cert=" + pair.Cert + "&key=" + pair.Key
	}
	uses(t, with(own, authority.CA))
	refusedCalls(t, openEtcd(t, with(other, authority.CA)), "")

	stranger := etcdtest.NewTLS(t)
	for says, address := range map[string]string{
		"signed by unknown authority": with(own, stranger.CA),
		"remote error: tls:":          with(stranger.Pair(t, "liveapi"), authority.CA), // says the member
		"accepts connections: check that it is etcd, and whether it needs TLS (etcds://)": "etcd://" + c.Hosts(),
		"tls: ": "etcds://" + c.Hosts() + "?ca=" + authority.CA,
	} {
		_, err := openEtcd(t, address, etcd.Wait(1e9)).Get(t.Context(), "a")
		if !errors.Is(err, protocol.ErrUnavailable) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error is %v, want one that says %q", address, err, says)
		}
	}
	open := own
	if err := os.Chmod(open.Key, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := etcd.Open(with(open, authority.CA)); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that everybody may read: %v", err)
	}
}

// When etcd is full a Swap that stores is ErrFull and writes nothing. Deletes and reads
// still work, and later Swaps work again without a restart.
func TestEtcdQuota(t *testing.T) {
	t.Parallel()
	c := etcdtest.Start(t, 1, nil, "--quota-backend-bytes", "8388608")
	admin := c.Client(t, clientv3.Config{})
	s := openEtcd(t, c.Address("full"))
	v := put(t, s, "a", "before")
	gone := put(t, s, "gone", "x")
	big := make([]byte, protocol.MaxValue)
	key := func(i int) string { return strings.Repeat("k", i+1) }
	var versions []protocol.Version
	var err error
	for i := 0; err == nil && i < 20; i++ {
		var w protocol.Version
		if w, err = s.Swap(t.Context(), key(i), 0, big); err == nil {
			versions = append(versions, w)
		}
	}
	if !errors.Is(err, protocol.ErrFull) || !strings.Contains(err.Error(), "--quota-backend-bytes") {
		t.Fatalf("after %d MiB: %v, want ErrFull", len(versions), err)
	}
	if _, err := s.Swap(t.Context(), "a", v, []byte("after")); !errors.Is(err, protocol.ErrFull) {
		t.Errorf("Swap of a small record: %v, want ErrFull", err)
	}
	want(t, s, "a", "before")
	if _, err := s.Swap(t.Context(), "gone", gone, nil); err != nil {
		t.Errorf("deleting: %v", err)
	}
	for i, w := range versions {
		if _, err := s.Swap(t.Context(), key(i), w, nil); err != nil {
			t.Fatalf("deleting: %v", err)
		}
	}
	makeRoom(t, admin, c.Members[0].Host)
	if _, err := s.Swap(t.Context(), "a", v, []byte("after")); err != nil {
		t.Errorf("with space again: %v", err)
	}
}

// makeRoom frees space as an operator does.
func makeRoom(t *testing.T, admin *clientv3.Client, host string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	now, err := admin.Get(ctx, "x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Compact(ctx, now.Header.Revision, clientv3.WithCompactPhysical()); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Defragment(ctx, host); err != nil {
		t.Fatal(err)
	}
	alarms, err := admin.AlarmList(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, alarm := range alarms.Alarms {
		if _, err := admin.AlarmDisarm(ctx,
			&clientv3.AlarmMember{MemberID: alarm.MemberID, Alarm: etcdserverpb.AlarmType_NOSPACE}); err != nil {
			t.Fatal(err)
		}
	}
}

// A list of the largest records comes in pages, each within the bound of a response, and
// is of one moment, even when the cluster is compacted meanwhile.
func TestEtcdListsLargeRecords(t *testing.T) {
	c := etcdtest.Start(t, 1, nil)
	s := openEtcd(t, c.Address("large"))
	ring := newRing(t)
	view := store.Scope(store.Sealed(s, ring), "TwoFactorAuth", "ann")
	big := strings.Repeat("v", protocol.MaxValue)
	const n = 40
	for i := range n {
		put(t, view, strings.Repeat("k", protocol.MaxKey-n+i), big)
	}
	recs, err := view.List(t.Context(), "", "", protocol.MaxList)
	if err != nil || len(recs) != n {
		t.Fatalf("%d records, %v", len(recs), err)
	}
	for _, rec := range recs {
		if string(rec.Value) != big {
			t.Fatalf("a value of %d bytes", len(rec.Value))
		}
	}
}
