package etcd_test

import (
	"strings"
	"testing"

	"liveapi.host/host/store/etcd"
)

func TestEtcdAddresses(t *testing.T) {
	for _, address := range []string{
		"etcd://etcd1", "etcd://10.0.0.1:2379,10.0.0.2:2379", "etcd://[::1]:2379,[fe80::2]", "etcd://h/", "etcd://h/a/b", "etcd://h/a%20b/",
		"etcds://h", "etcds://h/?ca=/a", "etcds://h?cert=/c&key=/k", "etcds://ann@h?password-file=/p", "etcds://a%40b@h?password-credential=etcd",
		"etcd://ann@127.0.0.1,localhost:1,[::1]?password-file=/p",
	} {
		if err := etcd.CheckAddress(address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	const canary = "canary"
	for address, says := range map[string]string{
		"":                                 "begin with etcd://",
		"http://h":                         "begin with etcd://",
		"etcd://":                          "hosts must be names",
		"etcd://,h":                        "hosts must be names",
		"etcd://h:0":                       "hosts must be names",
		"etcd://h:65536":                   "hosts must be names",
		"etcd://h:x":                       "hosts must be names",
		"etcd://::1":                       "hosts must be names",
		"etcd://h,h:2379":                  "is named twice",
		"etcds://ann:" + canary + "@h":     "must not contain a password",
		"etcds://ann:@h":                   "must not contain a password",
		"etcds://ann:" + canary + "@b@h":   "must not contain a password",
		"etcds://@h":                       "no user",
		"etcds://ann@h":                    "its user has no password",
		"etcds://h?password-file=/p":       "a password needs a user",
		"etcds://ann@h?password=" + canary: `unknown option "password"`,
		"etcds://ann@h?password-file=p":    "absolute path",
		"etcds://ann@h?password-file=/p&password-credential=c": "exclude each other",
		"etcds://ann@h?password-credential=../c":               "not a path",
		"etcds://h?ca=/a&ca=/b":                                "only once",
		"etcds://h?ca=":                                        "only once",
		"etcds://h?cert=/c":                                    "must be given together",
		"etcds://h?key=/k":                                     "must be given together",
		"etcd://h?ca=/a":                                       "begin the address with etcds://",
		"etcd://h,127.0.0.1@" + "?ca=/a":                       "hosts must be names",
		"etcd://ann@h?password-file=/p":                        "unencrypted",
		"etcd://ann@127.0.0.1,h?password-file=/p":              "unencrypted",
		"etcd://h/#x":                                          "is not that of a URL",
		"etcd://h/%zz":                                         "is not that of a URL",
		"etcd://h/a%00b":                                       "control characters",
		"etcd://h/" + strings.Repeat("p", 300):                 "at most 256 bytes",
		"etcd://h?ca=%zz":                                      "NAME=VALUE",
	} {
		err := etcd.CheckAddress(address)
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: error is %v, want one that says %q", address, err, says)
		}
	}
}

// No error repeats a possible password, at any place in the address.
func FuzzEtcdAddress(f *testing.F) {
	for _, address := range []string{"etcd://h", "etcds://a@h:1,[::1]:2/p?password-file=/x", "etcd://h/%20?ca=/%20#", "etcds://a:b@h", "etcd://h:1:2,"} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		err := etcd.CheckAddress(address)
		if err == nil && !etcd.IsAddress(address) {
			t.Errorf("%q is an address of etcd", address)
		}
		scheme, rest, ok := strings.Cut(address, "://")
		if !ok || err == nil {
			return
		}
		const canary = "canary7d1f"
		if err := etcd.CheckAddress(scheme + "://ann:" + canary + "@" + rest); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%q with a password: %v", address, err)
		}
	})
}
