package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"liveapi.host/host/door/unix"
)

// spelling is a way to write the code 012345, as JSON.
type spelling struct {
	text  string
	valid bool
}

// spellings returns ways to write a code that begins with one zero. Only ASCII
// blanks, tabs and hyphens are ignored; a number has lost its zero.
func spellings(code string) (texts, values []spelling) {
	wide := func(zero rune) string {
		return strings.Map(func(r rune) rune { return zero + r - '0' }, code)
	}
	text := func(s string, valid bool) {
		raw, err := json.Marshal(s)
		if err != nil {
			panic(err)
		}
		texts = append(texts, spelling{string(raw), valid})
	}
	for _, s := range []string{code, " " + code + " ", "\t" + code, code[:3] + " " + code[3:], code[:3] + "-" + code[3:],
		strings.Join(strings.Split(code, ""), " "), "--" + code + "--"} {
		text(s, true)
	}
	for _, blank := range []string{"\u00a0", "\u2009", "\u202f", "\u3000", "\u200b", "\u2060", "\ufeff", "\u0085", "\u2028", "\n", "\r", "\v", "\f", "\x00", "\x1b", "\u00ad", "\u2011", "\u2212", "\u0332", "+", "'", ".", ",", "_", "/", "=", "%20", "&#48;", "\\0"} {
		text(blank+code, false)
		text(code+blank, false)
		text(code[:3]+blank+code[3:], false)
	}
	for _, s := range []string{
		"", " ", "-", code[1:], "0" + code, code + code, code[:5], "-" + code[1:], wide('０'), wide('٠'), wide('०'), wide('𝟎'), code[:5] + "５",
		"0x" + code, fmt.Sprintf("%x", code), code[1:] + ".0", code[1:] + "e0", "1e5", "٠", "NaN", "null", "true", "......", "______", "%d%d%d", "' OR 1=1 --",
		strings.Repeat(code, 10000), strings.Repeat(" ", 100000) + code[:5], "O" + code[1:], "o" + code[1:],
	} {
		text(s, false)
	}
	values = []spelling{
		{code[1:], true}, {"-" + code[1:], false}, {code[1:] + ".0", false}, {code[1:] + "e0", false}, {code[1:] + "E+0", false},
		{code[1:2] + "." + code[2:] + "e4", false}, {"1e999", false}, {strings.Repeat("1", 300), false}, {"true", false}, {"null", false},
		{"[\"" + code + "\"]", false}, {"{\"0\":\"" + code + "\"}", false}, {"[]", false}, {"\"\\ud800" + code + "\"", false},
	}
	return texts, values
}

// zeroed returns a device whose present code begins with one zero.
func zeroed(t testing.TB) device {
	for {
		if d := newDevice(t); d.code(t, 0)[0] == '0' && d.code(t, 0)[1] != '0' {
			return d
		}
	}
}

// S8: a code is normalised once, when it arrives, and in the same way for every
// language of callers. A text that cannot be a code is not counted and uses nothing
// up.
func TestTokenSpellings(t *testing.T) {
	p := newPlace(t)
	d := p.openHost(t, "d")
	t.Run("raw JSON", func(t *testing.T) {
		device := zeroed(t)
		texts, values := spellings(device.code(t, 0))
		next := device.code(t, 1)
		for i, s := range append(values, texts...) {
			configure(t, p.path("state"), fmt.Sprint("raw", i), device.secret)
			c := mustDialAs(t, d.socket, fmt.Sprint("raw", i))
			if v, r := c.mustSpell(t, s.text); v != s.valid {
				t.Errorf("%.100s: valid is %v: %s, %v", s.text, v, r.Result.Data, r.Result.Errors)
			}
			if v, r := c.mustValidate(t, next); v.Valid != 1 {
				t.Errorf("%.100s: the next code: %s, %v", s.text, r.Result.Data, r.Result.Errors)
			}
			c.conn.Close()
		}
	})
	for name, command := range map[string][]string{
		"PHP":  {"php", "-d", "display_errors=stderr", "-r", phpSpellings},
		"Perl": {"perl", "-I", at("sdk/caller/perl/lib"), "-e", perlSpellings},
	} {
		t.Run(name, func(t *testing.T) {
			socket := p.path(name + ".sock")
			device := zeroed(t)
			texts, values := spellings(device.code(t, 0))
			next := device.code(t, 1)
			counting(t, socket, d.socket, func(account string) { configure(t, p.path("state"), account, device.secret) })
			cases := append(texts[:len(texts):len(texts)], values[0])
			var list []json.RawMessage
			for _, s := range cases {
				list = append(list, json.RawMessage(s.text))
			}
			raw, err := json.Marshal(list)
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(command[0], command[1:]...)
			cmd.Env = append(
				p.env[:len(p.env):len(p.env)],
				"CPANEL_CONNECT_SOCKET="+socket,
				"CPANEL_PHPCONNECT_SOCKET="+socket,
				"LIBRARY="+at("sdk/caller/php/cpanel.php"),
				"NEXT="+next,
			)
			cmd.Stdin, cmd.Stderr = strings.NewReader(string(raw)), os.Stderr
			output, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Fields(string(output))
			if len(lines) != len(cases) {
				t.Fatalf("%d answers to %d spellings: %s", len(lines), len(cases), output)
			}
			for i, s := range cases {
				if want := map[bool]string{true: "1,1", false: "0,1"}[s.valid]; lines[i] != want {
					t.Errorf("%.100s: valid is %s, then with the next code; want %s", s.text, lines[i], want)
				}
			}
		})
	}
	p.stopped(t, d)
}

// mustSpell sends a token that is given as JSON.
func (c *rawCaller) mustSpell(t *testing.T, token string) (valid bool, r *reply) {
	t.Helper()
	payload := `<cpanelaction>{"module":"TwoFactorAuth","func":"validate_token","reqtype":"exec","apiversion":"uapi","args":{"tfa_token":` + token + `}}</cpanelaction>`
	if err := c.send(payload); err != nil {
		t.Fatal(err)
	}
	body, err := c.receive()
	if err != nil {
		t.Fatal(err)
	}
	r = new(reply)
	if err := json.Unmarshal(body, r); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(body), `"valid":1`) != (r.Result.Status == 1 && strings.Contains(string(r.Result.Data), `"method":"totp"`)) {
		t.Errorf("%.100s: the response contradicts itself: %s", token, body)
	}
	return strings.Contains(string(body), `"valid":1`), r
}

// counting listens on a socket and relays each caller to an open host, each as another
// account.
func counting(t *testing.T, from, to string, prepare func(account string)) {
	t.Helper()
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: from, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for n := 0; ; n++ {
			conn, err := listener.AcceptUnix()
			if err != nil {
				return
			}
			name := fmt.Sprint(filepath.Base(from), n)
			prepare(name)
			onward, err := net.Dial("unix", to)
			if err == nil {
				_, err = fmt.Fprintln(onward, name)
			}
			if err != nil {
				t.Error(err)
				conn.Close()
				continue
			}
			go unix.Relay(conn, onward.(*net.UnixConn))
		}
	}()
}

const (
	phpSpellings = `
require getenv('LIBRARY');
foreach (json_decode(stream_get_contents(STDIN), true) as $token) {
    $cpanel = new CPANEL();
    $valid = [];
    foreach ([$token, getenv('NEXT')] as $t) {
        $r = $cpanel->uapi('TwoFactorAuth', 'validate_token', ['tfa_token' => $t]);
        $valid[] = $r['cpanelresult']['result']['data']['valid'] ?? 0;
    }
    echo implode(',', $valid), "\n";
    $cpanel->end();
}`
	perlSpellings = `
use strict; use warnings;
use Cpanel::LiveAPI; use JSON::PP;
for my $token ( @{ JSON::PP->new->utf8->decode( do { local $/; <STDIN> } ) } ) {
    my $cpanel = Cpanel::LiveAPI->new();
    my @valid = map { $cpanel->uapi( 'TwoFactorAuth', 'validate_token', { tfa_token => $_ } )->{cpanelresult}{result}{data}{valid} || 0 } $token, $ENV{NEXT};
    print join( ',', @valid ), "\n";
    $cpanel->end();
}`
)
