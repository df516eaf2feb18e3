// Command twofactorauth is the program of the module TwoFactorAuth. It is not run
// by hand: a host starts it. See package twofactorauth for its settings.
package main

import (
	"os"

	"liveapi.host/plugins/twofactorauth"
	"liveapi.host/sdk"
)

func main() { sdk.Main(twofactorauth.New(twofactorauth.FromEnv(os.Getenv, os.Hostname))) }
