package sdk_test

import (
	"context"
	"strings"
	"testing"

	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

type report struct {
	Text string `json:"text" doc:"What was found."`
}

// keeping is a module with a function for root that sets a record and one that reads it.
func keeping() *sdk.Module {
	type in struct {
		Key   string `json:"key" required:"true" doc:"Its key."`
		Value string `json:"value" doc:"What to put there; nothing: only read."`
	}
	reach := func(ctx context.Context, call *sdk.Call, in in) (report, error) {
		if in.Value != "" {
			if _, err := call.Whole().Swap(ctx, in.Key, 0, []byte(in.Value)); err != nil {
				return report{}, err
			}
		}
		r, err := call.Whole().Get(ctx, in.Key)
		return report{string(r.Value)}, err
	}
	return of(
		sdk.WHM1("reach", "Reaches everything.", reach),
		sdk.WHM1("keys", "Lists keys.", func(ctx context.Context, call *sdk.Call, _ sdk.None) (report, error) {
			all, err := call.Whole().List(ctx, "", "", 10)
			var keys []string
			for _, r := range all {
				keys = append(keys, r.Key)
			}
			return report{strings.Join(keys, " ")}, err
		}).ReadOnly(),
		sdk.WHM1("who", "Tells who somebody is.", func(ctx context.Context, call *sdk.Call, _ sdk.None) (report, error) {
			a, err := call.AccountInfoOf(ctx, "ann")
			if err != nil {
				return report{}, err
			}
			_, err = call.AccountInfoOf(ctx, "nobody")
			return report{a.Plan}, err
		}),
		sdk.Func("reach", "Reaches less.", reach),
		sdk.Func("mine", "Keeps something.", func(ctx context.Context, call *sdk.Call, _ sdk.None) (sdk.None, error) {
			_, err := call.Storage().Swap(ctx, "x", 0, []byte("mine"))
			return sdk.None{}, err
		}),
		sdk.Func("who", "Asks for another.", func(ctx context.Context, call *sdk.Call, _ sdk.None) (sdk.None, error) {
			_, err := call.AccountInfoOf(ctx, "ann")
			return sdk.None{}, err
		}),
	)
}

// U §7, W17: a function of WHM API 1 may use the module's whole data; every other
// function may only read the records of no account. Tested in this process and in a
// process of its own.
func TestW17Whole(t *testing.T) {
	h := sdktest.New(t, keeping(), sdktest.WithAccountInfo(sdk.Account{Name: "ann", Plan: "small"}))
	h.As("ann").Call("mine", nil).OK()
	h.WHM1("reach", sdktest.Args{"key": "ann/x"}).JSON(`{"text":"mine"}`)
	h.WHM1("reach", sdktest.Args{"key": "/x", "value": "common"}).JSON(`{"text":"common"}`)
	h.WHM1("keys", nil).JSON(`{"text":"/x ann/x"}`)
	h.Call("reach", sdktest.Args{"key": "/x"}).JSON(`{"text":"common"}`)
	for _, args := range []sdktest.Args{{"key": "ann/x"}, {"key": "/x", "value": "forged"}, {"key": "ann/y", "value": "forged"}} {
		if r := h.Call("reach", args); r.Status != 0 || !strings.Contains(r.Errors[0], "only a function of WHM API 1") {
			t.Errorf("%v: %d %v", args, r.Status, r.Errors)
		}
	}
	if r := h.WHM1("who", nil); r.Status != 0 || r.Errors[0] != "not found" {
		t.Errorf("an account that nobody knows: %d %v", r.Status, r.Errors)
	}
	if r := h.Call("who", nil); r.Status != 0 || !strings.Contains(r.Errors[0], "only a function of WHM API 1") {
		t.Errorf("as an ordinary call: %d %v", r.Status, r.Errors)
	}
}

// U §7: the data of WHM API 1 is an object.
func TestWHM1ReturnsAnObject(t *testing.T) {
	list := of(sdk.WHM1("f", "Lists.", func(context.Context, *sdk.Call, sdk.None) ([]report, error) { return nil, nil }))
	if err := list.Validate(); err == nil || !strings.Contains(err.Error(), "make its data a struct or a map") {
		t.Errorf("a list: %v", err)
	}
	for _, m := range []*sdk.Module{
		of(sdk.WHM1("f", "A map.", func(context.Context, *sdk.Call, sdk.None) (map[string]report, error) { return nil, nil })),
		of(sdk.WHM1("f", "Nothing.", func(context.Context, *sdk.Call, sdk.None) (sdk.None, error) { return sdk.None{}, nil })),
		of(sdk.WHM1("f", "A pointer.", func(context.Context, *sdk.Call, sdk.None) (*report, error) { return nil, nil })),
	} {
		if err := m.Validate(); err != nil {
			t.Error(err)
		}
	}
}
