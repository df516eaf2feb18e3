package domaininfo

import (
	"context"
	"encoding/json"
	"strings"

	"liveapi.host/sdk"
)

// New returns the module DomainInfo. Its Check reports what is wrong with c.
func New(c Config) *sdk.Module {
	c.complete()
	d := domainInfo{&c}
	return &sdk.Module{
		Name:    "DomainInfo",
		Doc:     "The domains of an account and their sites.",
		Version: "1.0.0",
		Check:   c.check,
		Functions: []sdk.Function{
			sdk.Func("list_domains", "Lists the names of the account's domains, by their kinds.",
				listDomains).AllowDemo().PrefetchAccount(),
			sdk.Func("domains_data", `Returns everything that is known about the account's domains.
With format hash, data has the members addon_domains and sub_domains (lists of objects as
single_domain_data returns them), main_domain (one such object, null for an account without one) and
parked_domains (a list of names). With format list, it is one list of such objects, the main domain first.`, d.all).AllowDemo().PrefetchAccount(),
			sdk.Func("single_domain_data", "Returns everything that is known about one of the account's domains.",
				d.one).AllowDemo().PrefetchAccount(),
			sdk.Func("main_domain_builtin_subdomain_aliases", `Lists the names below the main domain that the web server answers for by itself.
They are given without the main domain, such as "www"; there are none unless the administrator has configured some.`, d.aliases).
				AllowDemo().PrefetchAccount(),
		},
	}
}

type domainInfo struct{ config *Config }

type domainNames struct {
	Addon  []string `json:"addon_domains" doc:"The addon domains."`
	Main   string   `json:"main_domain" doc:"The main domain; empty for an account without one."`
	Parked []string `json:"parked_domains" doc:"The parked domains, which lead to the main domain's site."`
	Sub    []string `json:"sub_domains" doc:"The subdomains."`
}

func listDomains(ctx context.Context, call *sdk.Call, _ sdk.None) (domainNames, error) {
	a, err := call.AccountInfo(ctx)
	if err != nil {
		return domainNames{}, err
	}
	return domainNames{
		Addon: namesOf(a, sdk.AddonDomain), Main: mainName(a),
		Parked: namesOf(a, sdk.ParkedDomain), Sub: namesOf(a, sdk.SubDomain),
	}, nil
}

type domainsIn struct {
	Format string `json:"format" doc:"hash (default) or list."`
}

// domainsData has one of two shapes.
type domainsData struct {
	byKind *sitesByKind
	list   []site
}

type sitesByKind struct {
	Addon  []site   `json:"addon_domains"`
	Main   *site    `json:"main_domain"`
	Parked []string `json:"parked_domains"`
	Sub    []site   `json:"sub_domains"`
}

// MarshalJSON implements json.Marshaler.
func (d domainsData) MarshalJSON() ([]byte, error) {
	if d.byKind != nil {
		return json.Marshal(d.byKind)
	}
	return json.Marshal(d.list)
}

func (d domainInfo) all(ctx context.Context, call *sdk.Call, in domainsIn) (domainsData, error) {
	if in.Format != "" && in.Format != "hash" && in.Format != "list" {
		return domainsData{}, sdk.BadParam("format", "is none of those that there are", "hash and list are allowed")
	}
	a, err := call.AccountInfo(ctx)
	if err != nil {
		return domainsData{}, err
	}
	s := newSites(call, a, d.config)
	if in.Format == "list" {
		list := s.ofKind(sdk.MainDomain)
		list = append(list, s.ofKind(sdk.AddonDomain)...)
		list = append(list, s.ofKind(sdk.SubDomain)...)
		return domainsData{list: append(list, s.ofKind(sdk.ParkedDomain)...)}, nil
	}
	hash := &sitesByKind{Addon: s.ofKind(sdk.AddonDomain), Parked: namesOf(a, sdk.ParkedDomain), Sub: s.ofKind(sdk.SubDomain)}
	if main, ok := a.MainDomain(); ok {
		found := s.of(main)
		hash.Main = &found
	}
	return domainsData{byKind: hash}, nil
}

type domainIn struct {
	Domain string `json:"domain" required:"true" doc:"One of the account's domains."`
}

func (d domainInfo) one(ctx context.Context, call *sdk.Call, in domainIn) (site, error) {
	a, err := call.AccountInfo(ctx)
	if err != nil {
		return site{}, err
	}
	name := strings.TrimSuffix(in.Domain, ".")
	for _, domain := range a.Domains {
		if strings.EqualFold(domain.Name, name) {
			return newSites(call, a, d.config).of(domain), nil
		}
	}
	return site{}, sdk.BadParam("domain", "is not a domain of this account", "those that DomainInfo::list_domains returns are allowed")
}

func (d domainInfo) aliases(context.Context, *sdk.Call, sdk.None) ([]string, error) {
	return append([]string{}, d.config.Aliases...), nil
}

// mainName is the account's main domain, "" when it has none.
func mainName(a *sdk.Account) string {
	main, _ := a.MainDomain()
	return main.Name
}

// namesOf returns the names of the account's domains of one kind, never nil.
func namesOf(a *sdk.Account, kind sdk.DomainKind) []string {
	names := []string{}
	for _, d := range a.DomainsOf(kind) {
		names = append(names, d.Name)
	}
	return names
}
