package protocol

import (
	"context"
	"slices"
)

// Accounts looks up accounts. Implementations are safe for concurrent use.
type Accounts interface {
	// Account returns the present state of the account of this name. The caller
	// must not change it. Errors: [ErrNotFound] (no such account); any other error
	// means that the account's state is unknown: the caller must not assume that
	// the account has something or lacks it.
	Account(ctx context.Context, name string) (*Account, error)
}

// Account is what a host knows about one account, without its records.
type Account struct {
	Name     string
	UID, GID int    // -1: not known
	Home     string // its home folder, an absolute path; "" when not known
	Shell    string

	Domains  []Domain // the main domain is the first, if there is one
	Features Features
	Demo     bool // may call only functions with AllowDemo
	Reseller bool

	Owner   string   // the reseller that owns the account; "" or "root": no reseller
	Plan    string   // the name of the account's package
	IP      string   // of its sites
	Locale  string   // such as "en" or "pt_br"; "" when none was chosen
	Theme   string   // "" when none was chosen
	Contact []string // addresses for notices, the first one first
}

// Domain is one domain of an account.
type Domain struct {
	Name string
	Kind DomainKind
	Root string // the document root, an absolute path; "" for a parked domain, which uses the main domain's
	// Under is, for an addon domain, the subdomain below the main domain that serves
	// it, such as "shop.example.com"; for a subdomain, its parent domain.
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

// Features says which features an account has. The zero value means all features.
type Features struct {
	Only   []string // when not nil: only these
	Except []string // never these
}

// Has reports whether the account has the feature of this name.
func (f Features) Has(name string) bool {
	return (f.Only == nil || slices.Contains(f.Only, name)) && !slices.Contains(f.Except, name)
}
