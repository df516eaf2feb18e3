package accounts

import (
	"path"
	"strings"

	"liveapi.host/host/accounts/yamlform"
	"liveapi.host/protocol"
)

// defaultRoot is the default document root of a main domain, relative to the home
// folder.
const defaultRoot = "public_html"

// maxRoot is the longest path that the kernel accepts, in bytes.
const maxRoot = 4095

// decodeDomains collects the domains: first the main domain, then addon, parked
// and sub domains, each kind in the order of the file.
func decodeDomains(r *record, fields map[string]yamlform.Value) {
	main, has := fields["domain"]
	if !has {
		for _, name := range []string{"root", "addon_domains", "sub_domains", "parked_domains"} {
			if v, there := fields[name]; there {
				v.Mistake("this key needs a main domain, too, such as domain: example.com")
			}
		}
		return
	}
	d := domains{record: r, main: domain(main), parents: make(map[string]bool)}
	d.add(main, protocol.Domain{Name: d.main, Kind: protocol.MainDomain, Root: root(fields, defaultRoot)})
	if v, there := fields["addon_domains"]; there {
		for _, p := range v.Pairs() {
			d.addon(p)
		}
	}
	if v, there := fields["parked_domains"]; there {
		for _, item := range v.List() {
			d.add(item, protocol.Domain{Name: domain(item), Kind: protocol.ParkedDomain})
		}
	}
	if v, there := fields["sub_domains"]; there { // of any of those above
		for _, p := range v.Pairs() {
			d.sub(p)
		}
	}
}

// domains holds the domains of one account while its file is read.
type domains struct {
	*record
	main    string          // "" when the main domain is invalid
	parents map[string]bool // true for the domains that may have subdomains
}

// claim records the line of a name, or notes a mistake when the file already has
// the name.
func (d *domains) claim(v yamlform.Value, name string) bool {
	if line, twice := d.lines[name]; twice {
		v.Mistake("%s is already in line %d; a domain may occur once, and an addon domain also uses the subdomain that serves it",
			name, line)
		return false
	}
	d.lines[name] = v.Line()
	return true
}

func (d *domains) add(v yamlform.Value, domain protocol.Domain) {
	if domain.Name != "" && d.claim(v, domain.Name) {
		d.Domains = append(d.Domains, domain)
		d.parents[domain.Name] = domain.Kind != protocol.SubDomain
	}
}

// addon adds an addon domain, a separate site that is served by a subdomain of the
// main domain. By default, the subdomain has the name of the addon domain.
func (d *domains) addon(p yamlform.Pair) {
	name := domain(p.Name)
	fields := site(p.Value, "root", "subdomain")
	addon := protocol.Domain{Name: name, Kind: protocol.AddonDomain, Root: root(fields, name)}
	at, label := p.Name, name
	if v, there := fields["subdomain"]; there {
		at, label = v, lower(v.Text())
	}
	if name == "" || label == "" || d.main == "" {
		return
	}
	addon.Under = label + "." + d.main
	if wrong := notDomain(addon.Under); wrong != "" {
		at.Mistake("it would be served as %q, which is not a domain name: %s; write the part before .%s, such as shop",
			shorten(addon.Under), wrong, d.main)
		return
	}
	if d.claim(at, addon.Under) {
		d.add(p.Name, addon)
	}
}

// sub adds a subdomain, which must be below another domain of the account.
func (d *domains) sub(p yamlform.Pair) {
	name := domain(p.Name)
	s := protocol.Domain{Name: name, Kind: protocol.SubDomain, Root: root(site(p.Value, "root"), name)}
	if name == "" || d.main == "" {
		return
	}
	for rest, more := name, true; more && s.Under == ""; { // the nearest one above
		if _, rest, more = strings.Cut(rest, "."); d.parents[rest] {
			s.Under = rest
		}
	}
	if s.Under == "" && d.lines[name] == 0 {
		p.Name.Mistake("%s is not below another domain of the account; write one such as blog.%s", name, d.main)
		return
	}
	d.add(p.Name, s)
}

// site returns the fields of a domain; a null value means the defaults.
func site(v yamlform.Value, allowed ...string) map[string]yamlform.Value {
	if v.Null() {
		return nil
	}
	return v.Fields(allowed...)
}

// root returns a document root: absolute, or relative to the home folder.
func root(fields map[string]yamlform.Value, fallback string) string {
	v, there := fields["root"]
	if !there {
		return fallback
	}
	text := v.Text()
	wrong := ""
	switch {
	case text == "":
		return ""
	case len(text) > maxRoot:
		wrong = "is longer than 4095 bytes"
	case control(text):
		wrong = "has control characters"
	case strings.HasPrefix(text, "~"):
		wrong = "begins with ~, which is not expanded"
	case path.Clean(text) == "/":
		wrong = "is the root of the file system"
	}
	for _, part := range strings.Split(text, "/") {
		if part == ".." {
			wrong = "has .. in it"
		}
	}
	if wrong != "" {
		v.Mistake("%s %s; write a folder below the home folder, such as public_html, or an absolute path", v.Shown(), wrong)
		return ""
	}
	return path.Clean(text)
}

func shorten(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
