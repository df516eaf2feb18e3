package main

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// RFC 6238 section 5.2, RFC 4226 section 7.3: used codes and failures are kept when
// the host or the module ends or is killed.
func TestRFC6238Section52ReplayAfterCrash(t *testing.T) {
	p := newPlace(t)
	d := p.openHost(t, "d")
	ends := map[string]func(){
		"kill -9": func() {
			if err := d.stop(syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			d = p.openHost(t, "d")
		},
		"SIGTERM": func() {
			if err := d.stop(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			d = p.openHost(t, "d")
		},
		"kill -9 of the module": func() {
			below, err := descendants(d.cmd.Process.Pid)
			if err != nil {
				t.Fatal(err)
			}
			killed := 0
			for _, process := range below {
				if strings.HasSuffix(process.command, "/twofactorauth") {
					killed++
					if err := errors.Join(process.kill(), process.ended()); err != nil {
						t.Error(err)
					}
				}
			}
			if killed != 1 {
				t.Fatalf("%d modules were killed: %v", killed, below)
			}
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			times := rounds(2, 20)
			if strings.HasSuffix(name, "module") {
				times = 1 // the fifth death within a minute would open the breaker
			}
			for round := range times {
				account := fmt.Sprint(name[:3], len(name), round)
				device := newDevice(t)
				configure(t, p.path("state"), account, device.secret)
				code, next, wrong := device.code(t, 0), device.code(t, 1), device.wrong(t)
				check := func(token string, valid int, retry bool) {
					t.Helper()
					c := mustDialAs(t, d.socket, account)
					defer c.conn.Close()
					// The first call after a death may be the one that notices it.
					for range 2 {
						r, err := c.call("TwoFactorAuth", "get_user_configuration", nil)
						if err != nil || r.Result.Status == 0 && !r.failedWith("gave no result") {
							t.Fatalf("%v, %v", r, err)
						}
						if r.Result.Status == 1 {
							break
						}
					}
					if v, r := c.mustValidate(t, token); v.Valid != valid || (v.Retry > 0) != retry {
						t.Errorf("%s, %v", r.Result.Data, r.Result.Errors)
					}
				}
				check(code, 1, false)
				end()
				check(code, 0, false) // the first failure
				end()
				check(wrong, 0, false)
				check(code, 0, false)
				end()
				check(wrong, 0, true) // the fourth
				end()
				check(next, 0, true)
			}
		})
	}
	if err := d.stop(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
}
