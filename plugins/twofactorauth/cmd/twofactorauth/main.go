// Command twofactorauth is the program of the module TwoFactorAuth. A host
// starts it; see package twofactorauth for its configuration.
package main

import (
	"os"

	"liveapi.host/plugins/twofactorauth"
	"liveapi.host/sdk"
)

func main() { sdk.Main(twofactorauth.FromEnv(os.Getenv, os.Hostname)) }
