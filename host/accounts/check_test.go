package accounts_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"liveapi.host/host/accounts"
)

// TestCheck: Check returns every mistake of every file, domains that two accounts
// have, and warnings.
func TestCheck(t *testing.T) {
	f := newFixture(t)
	f.passwd(t, "ann:x:1001:1001::/home/ann:/bin/sh\nbob:x:1002:1002::/home/bob:/bin/sh\ncat:x:1003:1003::/home/cat:/bin/sh\n")
	f.write(t, "ann", example)
	f.write(t, "bob", "domain: shop.example.com\nparked_domains:\n- bob.test\n- shop.test\n")
	f.write(t, "cat", "demo: yes\nip: x\n")
	f.write(t, "dan", "{}")
	must(t, os.WriteFile(filepath.Join(f.folder, "eve.yml"), []byte("demo: true"), 0o600))
	wanted := []string{
		`bob.yaml:1: shop.example.com: the account in FOLDER/ann.yaml has this domain, too; remove it from one of them`,
		`bob.yaml:4: shop.test: the account in FOLDER/ann.yaml has this domain, too; remove it from one of them`,
		`cat.yaml:1: demo: "yes" is invalid; write true or false`,
		`cat.yaml:2: ip: "x" is not an IP address; write one such as 192.0.2.1 or 2001:db8::1`,
		`dan.yaml: warning: the system has no user of this name, so nobody can call as this account`,
		`eve.yml: warning: this is ignored; an account's file is called NAME.yaml`,
	}
	found := f.source.Check(t.Context())
	var says []string
	warnings := 0
	for _, err := range found {
		says = append(says, strings.ReplaceAll(strings.TrimPrefix(err.Error(), f.folder+"/"), f.folder, "FOLDER"))
		if w := new(accounts.Warning); errors.As(err, &w) {
			warnings++
		}
	}
	if !slices.Equal(says, wanted) || warnings != 2 {
		t.Errorf("%d warnings:\n%s", warnings, strings.Join(says, "\n"))
	}
	if names, err := f.source.Names(); err != nil || !slices.Equal(names, []string{"ann", "bob", "cat", "dan"}) {
		t.Errorf("the names are %q %v", names, err)
	}
	// A lookup does not read the files of other accounts.
	if a := f.account(t, "bob"); len(a.Domains) != 3 {
		t.Errorf("%+v", a)
	}
	must(t, os.Chmod(f.folder, 0o777))
	if found := f.source.Check(t.Context()); len(found) != 1 || !strings.Contains(found[0].Error(), "may be changed by others") {
		t.Errorf("an open folder: %v", found)
	}
}
