package domaininfo

import (
	"strings"

	"liveapi.host/sdk"
)

// site describes one domain. A member that is not known is absent.
type site struct {
	Root        string `json:"documentroot,omitempty" doc:"The document root, an absolute path; only when it is known."`
	Domain      string `json:"domain" doc:"The domain."`
	Group       string `json:"group,omitempty" doc:"The account's group; only when it is known."`
	Home        string `json:"homedir,omitempty" doc:"The account's home folder; only when it is known."`
	IP          string `json:"ip,omitempty" doc:"The address of the site; only when it is known."`
	Owner       string `json:"owner,omitempty" doc:"The reseller whose account it is; only when it is known."`
	ServerAdmin string `json:"serveradmin,omitempty" doc:"The account's first address for notices; only when there is one."`
	ServerAlias string `json:"serveralias" doc:"Other names of the same site, with blanks between."`
	ServerName  string `json:"servername" doc:"The name that the web server has the site under: of an addon domain its subdomain, of a parked domain the main domain."`
	Type        string `json:"type" doc:"\"main_domain\", \"addon_domain\", \"sub_domain\" or \"parked_domain\"."`
	User        string `json:"user" doc:"The account."`
}

// sites builds the sites of an account's domains.
type sites struct {
	account *sdk.Account
	common  site   // what all of them share
	aliases string // of the main domain
}

func newSites(call *sdk.Call, a *sdk.Account, c *Config) *sites {
	s := &sites{account: a, common: site{Home: a.Home, IP: a.IP, Owner: a.Owner, User: call.Account}}
	if a.GID >= 0 {
		s.common.Group = c.GroupName(a.GID)
	}
	if len(a.Contact) > 0 {
		s.common.ServerAdmin = a.Contact[0]
	}
	s.aliases = strings.Join(append(builtinAliases(a, c), namesOf(a, sdk.ParkedDomain)...), " ")
	return s
}

// builtinAliases returns the names that the web server adds to the main domain.
func builtinAliases(a *sdk.Account, c *Config) []string {
	main := mainName(a)
	if main == "" {
		return nil
	}
	var names []string
	for _, alias := range c.Aliases {
		names = append(names, alias+"."+main)
	}
	return names
}

// of returns the site of one of the account's domains.
func (s *sites) of(d sdk.Domain) site {
	one := s.common
	one.Root, one.Domain, one.ServerName, one.Type = d.Root, d.Name, d.Name, string(d.Kind)+"_domain"
	switch d.Kind {
	case sdk.MainDomain:
		one.ServerAlias = s.aliases
	case sdk.ParkedDomain: // another name of the main domain's site
		main, _ := s.account.MainDomain()
		one.Root, one.ServerName, one.ServerAlias = main.Root, main.Name, s.aliases
	case sdk.AddonDomain:
		if d.Under != "" {
			one.ServerName, one.ServerAlias = d.Under, d.Name
		}
	}
	return one
}

func (s *sites) ofKind(kind sdk.DomainKind) []site {
	list := []site{}
	for _, d := range s.account.DomainsOf(kind) {
		list = append(list, s.of(d))
	}
	return list
}
