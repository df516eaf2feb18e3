package main

import (
	"os/exec"
	"regexp"
	"testing"
)

// A program that lives for a few milliseconds cannot afford what a host needs.
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
		t.Errorf("host/cmd/uapi is made of %q", found)
	}
	if found := heavy.FindAllString(string(list("liveapi.host/host/cmd/liveapi")), -1); len(found) < 10 {
		t.Errorf("the test knows no heavy package any more: of liveapi it finds %q", found)
	}
}
