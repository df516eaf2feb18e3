package accounts

import (
	"path/filepath"

	"liveapi.host/host/accounts/yamlform"
	"liveapi.host/protocol"
)

// maxFile bounds an account's file: about ten thousand domains.
const maxFile = 1 << 20

// record is the content of an account's file: an Account without the fields of the
// user database. Roots of domains may still be relative to the home folder, which
// the file does not name.
type record struct {
	protocol.Account
	lines map[string]int // the line of each domain, and of each subdomain that serves an addon domain
}

// decode reads an account's file. Its mistakes are *yamlform.Mistake.
func decode(path string, data []byte) (*record, error) {
	doc, err := yamlform.Parse(path, data)
	if err != nil {
		return nil, err
	}
	fields := doc.Fields("domain", "root", "addon_domains", "sub_domains", "parked_domains",
		"features", "demo", "reseller", "owner", "plan", "ip", "locale", "theme", "contact")
	r := &record{lines: make(map[string]int)}
	decodeDomains(r, fields)
	decodeRest(&r.Account, fields)
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return r, nil
}

func decodeRest(a *protocol.Account, fields map[string]yamlform.Value) {
	for _, field := range []struct {
		name string
		set  func(yamlform.Value)
	}{
		{"features", func(v yamlform.Value) { a.Features = features(v) }},
		{"demo", func(v yamlform.Value) { a.Demo = v.Bool() }},
		{"reseller", func(v yamlform.Value) { a.Reseller = v.Bool() }},
		{"owner", func(v yamlform.Value) { a.Owner = accountName(v) }},
		{"plan", func(v yamlform.Value) { a.Plan = line(v) }},
		{"ip", func(v yamlform.Value) { a.IP = address(v) }},
		{"locale", func(v yamlform.Value) { a.Locale = locale(v) }},
		{"theme", func(v yamlform.Value) { a.Theme = theme(v) }},
		{"contact", func(v yamlform.Value) { a.Contact = contact(v) }},
	} {
		if v, there := fields[field.name]; there {
			field.set(v)
		}
	}
}

// below makes the roots of an account's domains absolute. A root relative to an
// unknown home folder becomes "".
func below(home string, domains []protocol.Domain) []protocol.Domain {
	absolute := make([]protocol.Domain, len(domains))
	for i, d := range domains {
		switch {
		case d.Root == "" || filepath.IsAbs(d.Root):
		case home == "":
			d.Root = ""
		default:
			d.Root = filepath.Join(home, d.Root)
		}
		absolute[i] = d
	}
	return absolute
}
