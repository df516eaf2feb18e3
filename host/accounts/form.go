package accounts

import (
	"path/filepath"

	"liveapi.host/host/accounts/yamlform"
	"liveapi.host/protocol"
)

// maxFile bounds an account's file: about ten thousand domains.
const maxFile = 1 << 20

// record is what an account's file says: an Account without what is the user
// database's. Roots of domains may still be below a home folder that is not known.
type record struct {
	protocol.Account
	lines map[string]int // where each domain stands, also the one that an addon domain is served by
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

// below makes the roots of an account's domains absolute. Those that lie below
// a home folder which is not known stay unknown.
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
