package store_test

import (
	"context"
	"encoding/json"
	"os"
	"strconv"
	"testing"
	"time"

	"liveapi.host/host/store"
	"liveapi.host/protocol"
	"liveapi.host/protocol/conformance"
	"liveapi.host/protocol/modulerpc"
)

// checker is a module that runs a check of the suite in its own process, with the
// storage that the host gives it.
type checker struct{}

func (checker) Describe(context.Context) ([]protocol.Manifest, error) {
	return []protocol.Manifest{{Module: "Checker", Functions: []protocol.Function{{Name: "check"}}}}, nil
}

func (checker) Invoke(ctx context.Context, call *protocol.Call) (*protocol.Result, error) {
	var n int
	if err := json.Unmarshal(call.Args, &n); err != nil {
		return nil, err
	}
	if err := conformance.StorageChecks()[n].Run(ctx, call.Host.Storage()); err != nil {
		return protocol.Failed(err.Error()), nil
	}
	return &protocol.Result{Status: 1}, nil
}

// services is what the host offers to the module.
type services struct{ storage protocol.Storage }

func (s services) Storage() protocol.Storage { return s.storage }

func (s services) Whole() protocol.Storage { return s.storage }

func (services) Account(context.Context, string) (*protocol.Account, error) {
	return nil, protocol.ErrNotFound
}

func (services) Invoke(context.Context, string, string, json.RawMessage) (*protocol.Result, error) {
	return nil, protocol.ErrNotFound
}

// The storage of a module in its own process keeps every rule, over the lane and over
// the stream, on the same layers as in a host.
func TestConformanceThroughAModuleProcess(t *testing.T) {
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, noLane := range map[string]bool{"lane": false, "stream": true} {
		t.Run(name, func(t *testing.T) {
			p, err := modulerpc.Start(t.Context(), modulerpc.Config{Path: path, NoLane: noLane})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			sealed := store.Sealed(newSQLite(t), newRing(t))
			for n, check := range conformance.StorageChecks() {
				t.Run(check.Name, func(t *testing.T) {
					result, err := p.Invoke(t.Context(), &protocol.Call{
						Module: "Checker", Function: "check", Args: json.RawMessage(strconv.Itoa(n)), Deadline: time.Now().Add(30 * time.Second),
						Host: services{store.Scope(sealed, "Checker", "check"+strconv.Itoa(n))},
					})
					if err != nil || result.Status != 1 {
						t.Errorf("%s: %+v, %v", check.Rule, result, err)
					}
				})
			}
		})
	}
}
