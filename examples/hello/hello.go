// Command hello is a complete LiveAPI module to start from: one function with one
// parameter. It stores nothing and needs no settings.
package main

import (
	"context"

	"liveapi.host/sdk"
)

// Module declares the module that this program serves.
var Module = &sdk.Module{
	Name: "Hello", Doc: "A first module.", Version: "1.0.0",
	Functions: []sdk.Function{sdk.Func("greet", "Says hello.", greet)},
}

type in struct {
	Name string `json:"name" doc:"Who to greet." required:"true"`
}

type out struct {
	Greeting string `json:"greeting" doc:"What to say."`
}

func greet(_ context.Context, call *sdk.Call, in in) (out, error) {
	call.Log().Info("greeting", "name", in.Name)
	return out{Greeting: "Hello, " + in.Name + "!"}, nil
}

func main() { sdk.Main(Module) }
