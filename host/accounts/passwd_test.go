package accounts_test

import (
	"errors"
	"reflect"
	"testing"

	"liveapi.host/host/accounts"
	"liveapi.host/protocol"
)

func TestPasswdLines(t *testing.T) {
	f := newFixture(t)
	f.passwd(t, `# a comment:x:1:1::/:/bin/sh
root:x:0:0:root:/root:/bin/bash
ann:x:1001:1002:Ann,,,:/home/ann/../ann/:/bin/zsh
ann:x:1:1:the second one:/:/bin/sh
noshell:x:1003:1003::/home/noshell:
nohome:x:1004:1004:::/bin/sh
odd:x:1005:1005::home/odd:/bin/sh
+nis:x:1006:1006::/:/bin/sh
-nis:x:1006:1006::/:/bin/sh
few:x:1007:1007:/home/few:/bin/sh
letters:x:a:1::/:/bin/sh
group:x:1:::/:/bin/sh
negative:x:-1:1::/:/bin/sh
highest:x:4294967294:4294967294::/:/bin/sh
none:x:4294967295:1::/:/bin/sh
host$:x:1010:1010::/home/host:/bin/sh

last:x:1011:1011::/home/last:/bin/last`)
	users := accounts.NewPasswd(f.users, f.now)
	for name, wanted := range map[string]*protocol.Account{
		"root":    {Name: "root", Home: "/root", Shell: "/bin/bash"},
		"ann":     {Name: "ann", UID: 1001, GID: 1002, Home: "/home/ann", Shell: "/bin/zsh"},
		"noshell": {Name: "noshell", UID: 1003, GID: 1003, Home: "/home/noshell", Shell: "/bin/sh"},
		"nohome":  {Name: "nohome", UID: 1004, GID: 1004, Shell: "/bin/sh"},
		"odd":     {Name: "odd", UID: 1005, GID: 1005, Shell: "/bin/sh"},
		"highest": {Name: "highest", UID: 1<<32 - 2, GID: 1<<32 - 2, Home: "/", Shell: "/bin/sh"},
		"host$":   {Name: "host$", UID: 1010, GID: 1010, Home: "/home/host", Shell: "/bin/sh"},
		"last":    {Name: "last", UID: 1011, GID: 1011, Home: "/home/last", Shell: "/bin/last"},
		"#1001":   {Name: "#1001", UID: 1001, GID: -1},
		"#0":      {Name: "#0", UID: 0, GID: -1},
		"+nis":    nil, "-nis": nil, "few": nil, "letters": nil, "group": nil, "negative": nil, "none": nil,
		"# a comment": nil, "#": nil, "#-1": nil, "#01": nil, "#+1": nil, "#4294967295": nil, "#1x": nil, "": nil,
	} {
		a, err := users.Account(t.Context(), name)
		if wanted == nil {
			if a != nil || !errors.Is(err, protocol.ErrNotFound) {
				t.Errorf("%q: %+v %v", name, a, err)
			}
		} else if err != nil || !reflect.DeepEqual(a, wanted) {
			t.Errorf("%q: %+v %v, not %+v", name, a, err, wanted)
		}
	}
}
