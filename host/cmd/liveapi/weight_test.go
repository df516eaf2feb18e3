package main

import (
	"os/exec"
	"regexp"
	"testing"
)

// A program that runs for a few milliseconds must not contain the packages of a host.
func TestUapiStaysLight(t *testing.T) {
	heavy := regexp.MustCompile(`(?m)^(liveapi\.host/host|liveapi\.host/host/store.*|liveapi\.host/host/accounts.*|liveapi\.host/protocol/modulerpc.*|` +
		`github\.com/hashicorp/.*|google\.golang\.org/.*|modernc\.org/.*|go\.etcd\.io/.*|go\.uber\.org/.*|database/sql.*|net/http|crypto/tls)$`)
	list := func(path string) []byte {
		out, err := exec.Command("go", "list", "-deps", path).Output()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if found := heavy.FindAllString(string(list("liveapi.host/host/cmd/uapi")), -1); found != nil {
		t.Errorf("host/cmd/uapi contains %q", found)
	}
	if found := heavy.FindAllString(string(list("liveapi.host/host/cmd/liveapi")), -1); len(found) < 10 {
		t.Errorf("the test's list of heavy packages is out of date: in liveapi it finds only %q", found)
	}
}
