package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"liveapi.host/host/sys/identity"
)

// permitted returns how many wrong codes in a row can have been checked after this
// time, by the table of docs/two-factor.md.
func permitted(elapsed time.Duration) int64 {
	n := int64(4)
	for delay, sum := 30*time.Second, 30*time.Second; sum <= elapsed && n < 50; n++ {
		delay = min(2*delay, time.Hour)
		sum += delay
	}
	return n
}

// RFC 4226 section 7.3: guesses come through every door at once, over a running host
// and over other hosts on the same store. No more are checked than the one record of
// the account allows, and no guess changes the configuration.
func TestRFC4226Section73EveryDoorAtOnce(t *testing.T) {
	modules := filepath.Join(newPlace(t).dir, "modules")
	repo, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	if err := goBuild(repo, modules, "./plugins/cmd/twofactorauth", "./plugins/cmd/batch"); err != nil {
		t.Fatal(err)
	}
	p := newPlace(t)
	p.env = append(p.env, "LIVEAPI_MODULES="+modules)
	d := p.daemon(t, "d")
	victim := newDevice(t)
	victim.enrol(t, mustDial(t, d.socket))
	before := stored(t, p.path("state"), identity.Own())[identity.Own()]
	began := time.Now()

	g := &guesses{place: p, d: victim, wrong: victim.wrong(t), socket: d.socket, attacker: newDevice(t)}
	var wg sync.WaitGroup
	for _, door := range g.doors() {
		wg.Go(func() {
			if err := door.run(); err != nil {
				t.Errorf("%s: %v", door.name, err)
			}
		})
	}
	wg.Wait()

	after := stored(t, p.path("state"), identity.Own())[identity.Own()]
	if most := permitted(time.Since(began)); after.Fails > most || after.Fails < 4 {
		t.Errorf("%d guesses were checked, at most %d may be", after.Fails, most)
	}
	if after.Secret != before.Secret || after.LastStep != before.LastStep {
		t.Error("a guess changed what is configured")
	}
	v, r := mustDial(t, d.socket).mustValidate(t, victim.code(t, 0))
	if v.Valid != 0 || v.Retry == 0 || !r.failedWith("Too many wrong security codes.") {
		t.Errorf("the right code in the wait: %+v, %v", v, r.Result.Errors)
	}
	p.stopped(t, d)
}

type guesses struct {
	place       place
	d, attacker device
	wrong       string
	socket      string
}

type door struct {
	name string
	run  func() error
}

// doors returns the ways to have a code checked; each makes a number of guesses.
func (g *guesses) doors() (all []door) {
	for _, name := range []string{"validate_token", "set_user_configuration", "remove_user_configuration", "generate_recovery_codes"} {
		for range 4 {
			all = append(all, door{name, func() error { return g.overSocket(name, rounds(150, 60000)) }})
		}
	}
	for _, socket := range []string{g.socket, ""} { // a running host, and hosts of their own
		n := rounds(60, 2000)
		all = append(all,
			door{"pipe", func() error { return g.command(socket, n, "liveapi", "pipe") }},
			door{"PHP", func() error { return g.page(socket, "page.live.php", phpGuesses, n) }},
			door{"Perl", func() error { return g.page(socket, "page.live.pl", perlGuesses, n) }},
			door{"Template Toolkit", func() error { return g.page(socket, "page.html.tt", templateGuesses, n) }},
			door{"uapi", func() error {
				return g.times(rounds(3, 50), socket, 1, "uapi", "--output=json", "TwoFactorAuth", "validate_token", "tfa_token="+g.wrong)
			}},
			door{"Batch", func() error {
				return g.times(rounds(3, 50), socket, 1, "uapi", "--output=json", "Batch", "strict", fmt.Sprintf(`command=["TwoFactorAuth","validate_token",{"tfa_token":"%s"}]`, g.wrong))
			}},
		)
		if os.Getuid() == 0 {
			all = append(all, door{"WHM", func() error {
				return g.times(
					rounds(3, 50),
					socket,
					1,
					"whmapi1",
					"--output=json",
					"twofactorauth_set_tfa_config_for_user",
					"user="+identity.Own(),
					"secret="+g.attacker.secret,
					"tfa_token="+g.wrong,
				)
			}})
		}
	}
	return all
}

// overSocket guesses in one session. For set the new secret is the attacker's own, so
// he knows its code and guesses that of the present configuration.
func (g *guesses) overSocket(function string, n int) error {
	c, err := dial(g.socket)
	if err != nil {
		return err
	}
	c.conn.SetDeadline(time.Now().Add(time.Hour))
	args := map[string]string{"tfa_token": g.wrong}
	for i := range n {
		if function == "set_user_configuration" {
			code, err := totp.GenerateCode(g.attacker.secret, time.Now())
			if err != nil {
				return err
			}
			args = map[string]string{"secret": g.attacker.secret, "tfa_token": code, "current_tfa_token": g.wrong}
			if i%2 == 0 {
				args = map[string]string{"secret": g.d.secret, "tfa_token": g.wrong}
			}
		}
		r, err := c.call("TwoFactorAuth", function, args)
		if err != nil {
			return err
		}
		if function == "validate_token" {
			if v, err := validated(r); err != nil || v.Valid != 0 {
				return fmt.Errorf("%+v, %v", v, err)
			}
		} else if r.Result.Status == 1 {
			return fmt.Errorf("a wrong code was accepted: %s", r.Result.Data)
		}
	}
	return c.end()
}

const (
	phpGuesses = `<?php
require '/usr/local/cpanel/php/cpanel.php';
$cpanel = new CPANEL();
for ($i = 0; $i < TIMES; $i++) {
    $r = $cpanel->uapi('TwoFactorAuth', 'validate_token', ['tfa_token' => 'GUESS']);
    echo json_encode($r['cpanelresult']['result']['data']), "\n";
}
$cpanel->end();
`
	perlGuesses = `use Cpanel::LiveAPI;
use JSON::PP;
my $cpanel = Cpanel::LiveAPI->new();
for ( 1 .. TIMES ) {
    my $r = $cpanel->uapi( 'TwoFactorAuth', 'validate_token', { tfa_token => 'GUESS' } );
    print JSON::PP->new->canonical->encode( $r->{cpanelresult}{result}{data} ), "\n";
}
$cpanel->end();
`
	templateGuesses = `[% FOREACH i IN [1..TIMES]; r = execute('TwoFactorAuth', 'validate_token', { 'tfa_token' => 'GUESS' }) -%]
{"method":"[% r.data.method %]","valid":[% r.data.valid %]}
[% END %]`
)

func (g *guesses) page(socket, name, text string, n int) error {
	dir, err := os.MkdirTemp(g.place.dir, "page")
	if err != nil {
		return err
	}
	if strings.HasSuffix(name, ".tt") {
		n = min(n, 900) // Template Toolkit ends a loop at 1000
	}
	text = strings.NewReplacer("TIMES", fmt.Sprint(n), "GUESS", g.wrong).Replace(text)
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		return err
	}
	return g.command(socket, n, "liveapi", "run", filepath.Join(dir, name))
}

func (g *guesses) times(times int, socket string, n int, program string, args ...string) error {
	for range times {
		if err := g.command(socket, n, program, args...); err != nil {
			return err
		}
	}
	return nil
}

// command runs a program that makes n guesses, and checks that it made them and that
// none was accepted.
func (g *guesses) command(socket string, n int, program string, args ...string) error {
	cmd := exec.Command(at("bin/"+program), args...)
	cmd.Env = g.place.env[:len(g.place.env):len(g.place.env)]
	if socket != "" {
		cmd.Env = append(cmd.Env, "LIVEAPI_SOCKET="+socket)
	}
	if args[0] == "pipe" {
		cmd.Stdin = strings.NewReader(
			strings.Repeat(frame(action("TwoFactorAuth", "validate_token", map[string]string{"tfa_token": g.wrong})), n),
		)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	text := string(output)
	refused := strings.Count(text, `"valid":0`)
	if program == "whmapi1" {
		refused = strings.Count(text, `"result":0`)
	}
	if refused != n || strings.Contains(text, `"valid":1`) || strings.Contains(text, `"result":1`) {
		return fmt.Errorf("of %d guesses %d were refused: %v, %.600s, %.600s", n, refused, err, text, &stderr)
	}
	return nil
}
