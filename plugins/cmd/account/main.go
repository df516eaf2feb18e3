// Command account is the program of the modules that describe the account to pages,
// print the pages' frame and store small values for them. One program for all of
// them saves processes. It is not run by hand: a host starts it.
//
// Its settings come in the environment, from the host's configuration: the doc of
// each module's package lists those that it reads.
package main

import (
	"os"

	"liveapi.host/plugins/chrome"
	"liveapi.host/plugins/domaininfo"
	"liveapi.host/plugins/domainlists"
	"liveapi.host/plugins/features"
	"liveapi.host/plugins/locale"
	"liveapi.host/plugins/nvdata"
	"liveapi.host/plugins/personalization"
	"liveapi.host/plugins/themes"
	"liveapi.host/plugins/variables"
	"liveapi.host/sdk"
)

func main() { sdk.Main(modules(os.Getenv, os.Hostname)...) }

// modules are those of the program, as the environment configures them.
func modules(getenv func(string) string, hostname func() (string, error)) []*sdk.Module {
	list := []*sdk.Module{
		variables.New(variables.FromEnv(getenv, hostname)),
		features.New(),
		domaininfo.New(domaininfo.FromEnv(getenv)),
		locale.New(),
		themes.New(themes.FromEnv(getenv)),
	}
	list = append(list, domainlists.New()...)
	return append(list, chrome.New(chrome.FromEnv(getenv)), nvdata.New(), personalization.New())
}
