package account

import "liveapi.host/sdk"

// mainDomain returns the account's main domain, "" when it has none.
func mainDomain(a *sdk.Account) string {
	d, _ := a.MainDomain()
	return d.Name
}

// otherDomains returns the names of every domain but the main one, never nil.
func otherDomains(a *sdk.Account) []string {
	names := []string{}
	for _, d := range a.Domains {
		if d.Kind != sdk.MainDomain {
			names = append(names, d.Name)
		}
	}
	return names
}

// ofKind returns the account's domains of one kind.
func ofKind(a *sdk.Account, kind sdk.DomainKind) []sdk.Domain {
	var found []sdk.Domain
	for _, d := range a.Domains {
		if d.Kind == kind {
			found = append(found, d)
		}
	}
	return found
}

// namesOf returns the names of the account's domains of one kind, never nil.
func namesOf(a *sdk.Account, kind sdk.DomainKind) []string {
	names := []string{}
	for _, d := range ofKind(a, kind) {
		names = append(names, d.Name)
	}
	return names
}
