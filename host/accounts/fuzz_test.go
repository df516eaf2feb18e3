package accounts

import (
	"net/netip"
	"path"
	"regexp"
	"strings"
	"testing"

	"liveapi.host/protocol"
)

// validName is the form of RFC 1123, independent of the code under test.
var validName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// FuzzDecode: any file is either refused with an error text, or gives a valid
// account.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"{}", "", "domain: example.com", "domain: a.b\nroot: ../x\n", "a: &a [*a]", "domain: a.b\nparked_domains: [c.d, C.d]\n",
		"domain: EXAMPLE.com\nroot: x//y\naddon_domains:\n  shop.test: {root: shop, subdomain: shop}\n  other.test:\nsub_domains:\n  blog.example.com: {root: /srv/b}\nparked_domains: [example.net]\n",
		"features: {only: [a], except: []}\ndemo: true\nreseller: false\nowner: root\nplan: 10\nip: 192.0.2.1\nlocale: pt_br\ntheme: plain\ncontact: [ann@example.com]\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := decode("f", data)
		if (r == nil) == (err == nil) {
			t.Fatalf("%v, %v", r, err)
		}
		if err != nil {
			if err.Error() == "" || len(err.Error()) > 20*2000 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
			return
		}
		seen := make(map[string]bool)
		for i, d := range below("/home/ann", r.Domains) {
			for _, name := range []string{d.Name, d.Under} {
				if name != "" && (len(name) > 253 || !validName.MatchString(name)) {
					t.Errorf("%q is not a domain name", name)
				}
			}
			if seen[d.Name] || d.Name == "" || (i == 0) != (d.Kind == protocol.MainDomain) {
				t.Errorf("%q occurs twice, or in the wrong place", d.Name)
			}
			seen[d.Name] = true
			if d.Kind == protocol.SubDomain && !strings.HasSuffix(d.Name, "."+d.Under) {
				t.Errorf("%q is not below %q", d.Name, d.Under)
			}
			if d.Kind == protocol.ParkedDomain != (d.Root == "") || d.Root != "" && (!path.IsAbs(d.Root) || path.Clean(d.Root) != d.Root) {
				t.Errorf("%q has the root %q", d.Name, d.Root)
			}
			if !strings.HasPrefix(r.Domains[i].Root, "/") && d.Root != "" && d.Root != "/home/ann" && !strings.HasPrefix(d.Root, "/home/ann/") {
				t.Errorf("%q is not below the home folder", d.Root)
			}
		}
		if r.IP != "" {
			if _, err := netip.ParseAddr(r.IP); err != nil {
				t.Error(err)
			}
		}
		if strings.ContainsAny(r.Theme+r.Owner+r.Locale, "/\x00\n") || strings.HasPrefix(r.Theme, ".") {
			t.Errorf("%+v", r.Account)
		}
	})
}
