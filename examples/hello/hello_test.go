package main

import (
	"testing"

	"liveapi.host/sdk/sdktest"
)

func TestGreet(t *testing.T) {
	h := sdktest.New(t, Module)
	h.Call("greet", sdktest.Args{"name": "Ann"}).JSON(`{"greeting":"Hello, Ann!"}`)
	h.Call("greet", nil).Fails("The parameter “name” is required.")
}

// The same call, over the pipe that a host uses.
func TestGreetOverThePipe(t *testing.T) {
	h := sdktest.Pipe(t, Module)
	h.Call("greet", sdktest.Args{"name": "Ann"}).JSON(`{"greeting":"Hello, Ann!"}`)
}

func TestMain(m *testing.M) { sdktest.Main(m, Module) }
