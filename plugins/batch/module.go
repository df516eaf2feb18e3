package batch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"liveapi.host/sdk"
)

const moduleName = "Batch"

// New returns the module Batch.
func New() *sdk.Module {
	b := batch{newParser()}
	return &sdk.Module{
		Name:    moduleName,
		Doc:     "Several calls in one.",
		Version: "1.0.0",
		Functions: []sdk.Function{
			sdk.Func("strict", fmt.Sprintf(`Executes commands in their order, and stops at the first that fails.
data is the list of the results of the executed commands, each as if called alone: an object of data, errors,
messages, metadata, status and warnings. When a command fails its result is the last, and status is 0.

Nothing is executed when one of the commands is broken, when there are more than %d, or when one of them is a
batch itself. All of them share the time of one call. Each has the same requirements as when called alone: a
feature, or an account that is not a demo account.`, MaxCommands), b.strict).AllowDemo(), // the host looks at each command
		},
	}
}

type batch struct{ parser }

type strictIn struct {
	Commands []json.RawMessage `json:"command" required:"true" allowed:"a JSON array [\"Module\",\"function\",{…}] of 2 or 3 items is allowed; nothing was executed" doc:"A command: a JSON array [\"Module\",\"function\",{\"name\":\"value\"}], as JSON or as a text that holds it; the third item may be missing. Repeat it for each command; one list of such arrays will do as well."`
}

func (b batch) strict(ctx context.Context, call *sdk.Call, in strictIn) ([]json.RawMessage, error) {
	commands, err := b.parse(in.Commands)
	if err != nil {
		return nil, err
	}
	cores := make([]json.RawMessage, 0, len(commands))
	for i, c := range commands {
		if err := ctx.Err(); err != nil {
			return cores, fmt.Errorf("before command %d (%v): %w", i+1, c, err)
		}
		core, err := execute(ctx, call, c)
		if core != nil {
			cores = append(cores, core)
		}
		if err != nil {
			return cores, failure(i+1, c, err)
		}
	}
	return cores, nil
}

// execute runs one command. For a command that failed it returns both its core
// and an error with its texts. Without a core the command's result is unknown.
func execute(ctx context.Context, call *sdk.Call, c command) (json.RawMessage, error) {
	result, err := call.Invoke(ctx, c.module, c.function, c.args)
	if refused, ok := errors.AsType[*sdk.Error](err); ok && refused.Code != sdk.Internal {
		result, err = &sdk.Result{Errors: []string{refused.Text}}, nil
	}
	if err != nil {
		return nil, err
	}
	core, err := sdk.Core(result)
	if err != nil || result.Status == 1 {
		return core, err
	}
	text := strings.Join(result.Errors, " ")
	if text == "" {
		text = "It gave no reason."
	}
	return core, sdk.Errorf(sdk.Failed, "%s", text)
}

// failure says which command failed.
func failure(number int, c command, err error) error {
	if e, ok := errors.AsType[*sdk.Error](err); ok && e.Code != sdk.Internal {
		return sdk.Errorf(e.Code, "Command %d (%v) failed: %s", number, c, e.Text)
	}
	return &sdk.Error{Code: sdk.Unknown,
		Text: fmt.Sprintf("Command %d (%v) failed: it returned no result and may have taken effect. See the log for the cause.", number, c),
		Err:  err}
}
