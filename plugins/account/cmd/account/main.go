// Command account is the program of the modules that tell pages about their
// account, frame them and remember things for them. A host starts it; see packages
// account and chrome for its configuration.
package main

import (
	"os"

	"liveapi.host/plugins/account"
	"liveapi.host/plugins/chrome"
	"liveapi.host/plugins/preferences"
	"liveapi.host/sdk"
)

func main() {
	modules := account.FromEnv(os.Getenv, os.Hostname)
	modules = append(modules, chrome.FromEnv(os.Getenv), preferences.NVData(), preferences.Personalization())
	sdk.Main(modules...)
}
