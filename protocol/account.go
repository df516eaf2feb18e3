package protocol

import (
	"context"
	"slices"
)

// Accounts says what is known of accounts. Implementations are safe for
// concurrent use.
type Accounts interface {
	// Account returns what is known of the account of this name now. The caller
	// does not change what it gets. Errors: [ErrNotFound] (no such account);
	// any other one means that it cannot be known, so nothing may be assumed of
	// what the account has or lacks.
	Account(ctx context.Context, name string) (*Account, error)
}

// Account is what a host knows of one account, beside its records.
type Account struct {
	Name     string
	UID, GID int    // -1: not known
	Home     string // its home folder, an absolute path; "" when not known
	Shell    string

	Domains  []Domain // the main domain is the first, if there is one
	Features Features
	Demo     bool // may call only what allows it
	Reseller bool

	Owner   string   // the reseller whose account it is; "" or "root": nobody's
	Plan    string   // the package that it was sold
	IP      string   // of its sites
	Locale  string   // such as "en" or "pt_br"; "" when none was chosen
	Theme   string   // "" when none was chosen
	Contact []string // addresses for notices, the first one first
}

// Domain is one domain of an account.
type Domain struct {
	Name string
	Kind DomainKind
	Root string // the document root, an absolute path; "" for a parked domain: the main domain's
	// Under is the subdomain below the main domain that an addon domain is
	// served by, such as "shop.example.com"; of a subdomain, the domain that it is below.
	Under string
}

// DomainKind says how a domain belongs to its account.
type DomainKind string

// The kinds of domains, in UAPI's words.
const (
	MainDomain   DomainKind = "main"
	SubDomain    DomainKind = "sub"
	AddonDomain  DomainKind = "addon"
	ParkedDomain DomainKind = "parked"
)

// MainDomain returns the account's main domain, and false when it has none.
func (a *Account) MainDomain() (Domain, bool) {
	for _, d := range a.Domains {
		if d.Kind == MainDomain {
			return d, true
		}
	}
	return Domain{}, false
}

// DomainsOf returns the account's domains of one kind, in their order.
func (a *Account) DomainsOf(kind DomainKind) []Domain {
	var found []Domain
	for _, d := range a.Domains {
		if d.Kind == kind {
			found = append(found, d)
		}
	}
	return found
}

// Features says which features an account has. The zero value is every one.
type Features struct {
	Only   []string // when not nil: these and no others
	Except []string // never these
}

// Has reports whether the account has the feature of this name.
func (f Features) Has(name string) bool {
	return (f.Only == nil || slices.Contains(f.Only, name)) && !slices.Contains(f.Except, name)
}
