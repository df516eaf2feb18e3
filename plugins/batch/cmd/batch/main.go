// Command batch is the program of the module Batch. A host starts it.
package main

import (
	"liveapi.host/plugins/batch"
	"liveapi.host/sdk"
)

func main() { sdk.Main(batch.New()) }
