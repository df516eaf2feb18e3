package domainlists

import (
	"context"
	"regexp"

	"liveapi.host/sdk"
)

const version = "1.0.0"

// New returns the modules Park, AddonDomain and SubDomain.
func New() []*sdk.Module {
	return []*sdk.Module{
		{
			Name: "Park", Doc: "Parked domains: other names of the main domain's site.", Version: version,
			Functions: []sdk.Function{
				sdk.API2("listparkeddomains", "Lists the account's parked domains.",
					listing(sdk.ParkedDomain, parkedRow)).AllowDemo().PrefetchAccount(),
			},
		},
		{
			Name: "AddonDomain", Doc: "Addon domains: further domains with sites of their own.", Version: version,
			Functions: []sdk.Function{
				sdk.API2("listaddondomains", "Lists the account's addon domains.",
					listing(sdk.AddonDomain, addonRow)).AllowDemo().PrefetchAccount(),
			},
		},
		{
			Name: "SubDomain", Doc: "Subdomains: names below a domain of the account.", Version: version,
			Functions: []sdk.Function{
				sdk.API2("listsubdomains", "Lists the account's subdomains.", listing(sdk.SubDomain, subRow)).AllowDemo().PrefetchAccount(),
			},
		},
	}
}

type listIn struct {
	Regex string `json:"regex" doc:"Only domains that match this regular expression (RE2 syntax, any part of the domain, capitals matter)."`
}

// listing returns the function that lists the domains of one kind.
func listing[Row any](kind sdk.DomainKind, row func(*sdk.Account, sdk.Domain) Row) func(context.Context, *sdk.Call, listIn) ([]Row, error) {
	return func(ctx context.Context, call *sdk.Call, in listIn) ([]Row, error) {
		wanted, err := regexp.Compile(in.Regex)
		if err != nil {
			return nil, sdk.BadParam("regex", "is not a regular expression", "RE2 syntax is allowed, such as ^shop[.]")
		}
		a, err := call.AccountInfo(ctx)
		if err != nil {
			return nil, err
		}
		rows := []Row{}
		for _, d := range a.DomainsOf(kind) {
			if wanted.MatchString(d.Name) {
				rows = append(rows, row(a, d))
			}
		}
		return rows, nil
	}
}
