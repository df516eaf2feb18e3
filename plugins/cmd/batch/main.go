// Command batch is the program of the module Batch. It is not run by hand: a host
// starts it.
package main

import (
	"liveapi.host/plugins/batch"
	"liveapi.host/sdk"
)

func main() { sdk.Main(batch.New()) }
