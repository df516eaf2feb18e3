package account

import "liveapi.host/sdk"

const version = "1.0.0"

// New returns the modules. Each one's Check tells what is wrong with c.
func New(c Config) []*sdk.Module {
	c.complete()
	list := []*sdk.Module{
		variablesModule(c), featuresModule(), domainInfoModule(c), localeModule(), themesModule(c),
		parkModule(), addonDomainModule(), subDomainModule(),
	}
	list[0].Check = c.check
	return list
}
