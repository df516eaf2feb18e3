package domainlists

import (
	"cmp"
	"strings"

	"liveapi.host/sdk"
)

// folder is the document root of a domain, in the forms of API 2; null where it is
// not known.
type folder struct {
	base, dir, relative *string
}

// folderOf returns the forms of a document root. Only one inside the home folder has
// reldir and basedir.
func folderOf(a *sdk.Account, root string) (f folder) {
	if root == "" {
		return f
	}
	f.dir = &root
	if inside, ok := strings.CutPrefix(root, strings.TrimSuffix(a.Home, "/")+"/"); ok && a.Home != "" {
		relative := "home:" + inside
		f.base, f.relative = &inside, &relative
	}
	return f
}

// notRedirected is the status of every domain: a source of accounts has no
// redirections.
const notRedirected = "not redirected"

type parked struct {
	Base     *string `json:"basedir" doc:"The document root, from the home folder on; null when it is not known."`
	Dir      *string `json:"dir" doc:"The document root, which is the main domain's; null when it is not known."`
	Domain   string  `json:"domain" doc:"The parked domain."`
	Relative *string `json:"reldir" doc:"The document root as \"home:\" and its path in the home folder; null when it is not known."`
	Status   string  `json:"status" doc:"Always \"not redirected\"."`
}

func parkedRow(a *sdk.Account, d sdk.Domain) parked {
	main, _ := a.MainDomain()
	f := folderOf(a, main.Root)
	return parked{Base: f.base, Dir: f.dir, Domain: d.Name, Relative: f.relative, Status: notRedirected}
}

type addon struct {
	Base     *string `json:"basedir" doc:"The document root, from the home folder on; null when it is not known."`
	Dir      *string `json:"dir" doc:"The document root; null when it is not known."`
	Domain   string  `json:"domain" doc:"The addon domain."`
	Key      *string `json:"domainkey" doc:"The subdomain and the domain that it is below, with \"_\" between; null when it has none."`
	Full     *string `json:"fullsubdomain" doc:"The subdomain by which the addon domain is served, in full; null when it has none."`
	Relative *string `json:"reldir" doc:"The document root as \"home:\" and its path in the home folder; null when it is not known."`
	Parent   *string `json:"rootdomain" doc:"The domain that the subdomain is below; null when it has none."`
	Status   string  `json:"status" doc:"Always \"not redirected\"."`
	Sub      *string `json:"subdomain" doc:"The subdomain, without the domain that it is below; null when it has none."`
}

func addonRow(a *sdk.Account, d sdk.Domain) addon {
	f := folderOf(a, d.Root)
	row := addon{Base: f.base, Dir: f.dir, Domain: d.Name, Relative: f.relative, Status: notRedirected}
	if d.Under != "" {
		name, parent := split(d.Under, mainName(a))
		key := name + "_" + parent
		row.Full, row.Parent, row.Sub, row.Key = &d.Under, &parent, &name, &key
	}
	return row
}

type sub struct {
	Base     *string `json:"basedir" doc:"The document root, from the home folder on; null when it is not known."`
	Dir      *string `json:"dir" doc:"The document root; null when it is not known."`
	Domain   string  `json:"domain" doc:"The subdomain, in full."`
	Key      string  `json:"domainkey" doc:"The subdomain and the domain that it is below, with \"_\" between."`
	Full     string  `json:"fullsubdomain" doc:"The subdomain, in full."`
	Relative *string `json:"reldir" doc:"The document root as \"home:\" and its path in the home folder; null when it is not known."`
	Parent   string  `json:"rootdomain" doc:"The domain that it is below."`
	Status   string  `json:"status" doc:"Always \"not redirected\"."`
	Sub      string  `json:"subdomain" doc:"The subdomain, without the domain that it is below."`
}

func subRow(a *sdk.Account, d sdk.Domain) sub {
	f := folderOf(a, d.Root)
	name, parent := split(d.Name, cmp.Or(d.Under, mainName(a)))
	return sub{
		Base: f.base, Dir: f.dir, Domain: d.Name, Key: name + "_" + parent, Full: d.Name,
		Relative: f.relative, Parent: parent, Status: notRedirected, Sub: name,
	}
}

// split splits a subdomain into the part before its parent domain and that domain.
// A subdomain that is not below parent is split at its first dot.
func split(domain, parent string) (name, below string) {
	if name, ok := strings.CutSuffix(domain, "."+parent); ok && parent != "" {
		return name, parent
	}
	name, below, _ = strings.Cut(domain, ".")
	return name, below
}

func mainName(a *sdk.Account) string {
	main, _ := a.MainDomain()
	return main.Name
}
