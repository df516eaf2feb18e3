package main

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// canaries are secrets that must not appear anywhere, in any form.
type canaries struct{ forms map[string]string }

// plant adds a secret.
func (k *canaries) plant(name, secret string) {
	if k.forms == nil {
		k.forms = make(map[string]string)
	}
	add := func(form, text string) { k.forms[name+" "+form] = text }
	add("as it is", secret)
	add("in hex", hex.EncodeToString([]byte(secret)))
	add("in capital hex", strings.ToUpper(hex.EncodeToString([]byte(secret))))
	var percent, escaped strings.Builder
	for _, b := range []byte(secret) {
		fmt.Fprintf(&percent, "%%%02X", b)
		fmt.Fprintf(&escaped, `\u%04x`, b)
	}
	add("URI-encoded", percent.String())
	add("escaped", escaped.String())
	if e := url.QueryEscape(secret); e != secret {
		add("as a query", e)
	}
	for shift := range 3 { // base64 of a text that contains it
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + secret + "xx"))
		text = text[[]int{0, 2, 3}[shift]:]
		text = text[:(len(secret)*8-[]int{0, 4, 2}[shift])/6]
		add(fmt.Sprint("in base64, ", shift), text)
		add(fmt.Sprint("in base64 of URLs, ", shift), strings.NewReplacer("+", "-", "/", "_").Replace(text))
	}
	var list []string
	for _, b := range []byte(secret) {
		list = append(list, fmt.Sprint(b))
	}
	add("as numbers", strings.Join(list, " "))
}

// absent looks for every canary in a text.
func (k *canaries) absent(t *testing.T, where string, text []byte) {
	t.Helper()
	for form, secret := range k.forms {
		if at := find(text, secret); at >= 0 {
			t.Errorf("%s: %s: …%q…", where, form, text[max(0, at-80):min(len(text), at+len(secret)+40)])
		}
	}
}

// find returns where a secret is, or -1. A secret of digits only counts when no other
// digit is next to it, because times and identifiers have digits, too.
func find(text []byte, secret string) int {
	const digits = "0123456789abcdef"
	for from := 0; ; {
		i := bytes.Index(text[from:], []byte(secret))
		if i < 0 {
			return -1
		}
		i += from
		end := i + len(secret)
		if strings.Trim(secret, "0123456789") != "" ||
			(i == 0 || !strings.Contains(digits, string(text[i-1:i]))) &&
				(end == len(text) || !strings.Contains(digits, string(text[end:end+1]))) {
			return i
		}
		from = i + 1
	}
}

// S19: no secret, code, recovery code or key is in logs, traces, crash output, the
// list of processes, the audit record or the store, with everything logged and
// traced, whatever fails or is killed.
func TestCanariesAfterEveryFailureAndCrash(t *testing.T) {
	k := new(canaries)
	k.plant("a control", "CANARY7654321")
	for _, s := range []string{"CANARY7654321", "x%43%41%4E%41%52%59%37%36%35%34%33%32%31", base64.StdEncoding.EncodeToString([]byte("a CANARY7654321!")), hex.EncodeToString([]byte("CANARY7654321"))} {
		if !matches(k, s) {
			t.Fatalf("the search does not find %s", s)
		}
	}
	p := newPlace(t)
	p.env = append(p.env, "LIVEAPI_TRACE=wire", "LIVEAPI_LOG=trace", "GOTRACEBACK=all")
	var said bytes.Buffer // output of the programs, without the responses, which are for the caller
	for round, signal := range []syscall.Signal{syscall.SIGABRT, syscall.SIGQUIT, syscall.SIGKILL, syscall.SIGTERM} {
		name := fmt.Sprint("d", round)
		d := p.daemon(t, name)
		p.everyDoor(t, k, d.socket, round, &said)
		below, err := descendants(d.cmd.Process.Pid)
		if err != nil {
			t.Fatal(err)
		}
		for _, process := range append(below, process{pid: d.cmd.Process.Pid}) {
			for _, file := range []string{"cmdline", "environ"} {
				text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", process.pid, file))
				if err != nil {
					t.Fatal(err)
				}
				k.absent(t, fmt.Sprintf("%s of process %d", file, process.pid), text)
			}
		}
		p.storeIsSealed(t, k)
		for _, process := range below { // the module's dump goes into the host's log
			if strings.HasSuffix(process.command, "/twofactorauth") {
				syscall.Kill(process.pid, signal)
			}
		}
		c := mustDial(t, d.socket)
		c.call("TwoFactorAuth", "get_user_configuration", nil) // so that the host notices the module's death
		c.conn.Close()
		d.cmd.Process.Signal(signal)
		<-d.exited
		if err := allEnded(below); err != nil {
			t.Error(err)
		}
		log, err := os.ReadFile(d.log)
		if err != nil {
			t.Fatal(err)
		}
		if dump := bytes.Contains(log, []byte("goroutine ")); dump != (signal == syscall.SIGABRT || signal == syscall.SIGQUIT) {
			t.Errorf("%v: a dump of the host is in its log: %v", signal, dump)
		}
		k.absent(t, "the log", log)
		p.storeIsSealed(t, k)
	}
	audit := exec.Command(at("bin/liveapi"), "audit", "--json")
	audit.Env = p.env
	output, err := audit.CombinedOutput()
	if err != nil || os.Getuid() == 0 && !bytes.Contains(output, []byte("twofactorauth_import_tfa_config")) {
		t.Errorf("liveapi audit: %v, %s", err, output)
	}
	k.absent(t, "liveapi audit", output)
	if said.Len() < 10000 {
		t.Errorf("the programs have written only %d bytes: the test proves little", said.Len())
	}
	k.absent(t, "what programs said", said.Bytes())
}

func matches(k *canaries, text string) bool {
	for _, secret := range k.forms {
		if find([]byte(text), secret) >= 0 {
			return true
		}
	}
	return false
}

// storeIsSealed searches the bytes of all files in the state folder. Only the key
// file may have the key.
func (p place) storeIsSealed(t *testing.T, k *canaries) {
	t.Helper()
	files, err := filepath.Glob(p.path("state/*"))
	if err != nil || len(files) < 3 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(file) != "liveapi.key" {
			k.absent(t, file, text)
			continue
		}
		for _, key := range regexp.MustCompile(`[A-Za-z0-9+/_-]{40,}=*`).FindAllString(string(text), -1) {
			k.plant("a key", key)
			if raw, err := base64.StdEncoding.DecodeString(key); err == nil {
				k.plant("the bytes of a key", string(raw))
			}
			if raw, err := hex.DecodeString(key); err == nil {
				k.plant("the bytes of a key", string(raw))
			}
		}
	}
	if k.forms["a key as it is"] == "" {
		t.Error("no key is in the file of keys")
	}
}

// everyDoor makes valid and invalid calls with secrets, through every door.
func (p place) everyDoor(t *testing.T, k *canaries, socket string, round int, said *bytes.Buffer) {
	t.Helper()
	name := fmt.Sprintf("round %d, ", round)
	c := mustDial(t, socket)
	var made struct {
		Secret string
		Codes  []string `json:"recovery_codes"`
	}
	c.succeed(t, "TwoFactorAuth", "generate_user_configuration", nil, &made)
	d := device{made.Secret}
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(d.secret)
	if err != nil {
		t.Fatal(err)
	}
	k.plant(name+"the secret", d.secret)
	k.plant(name+"the secret in small letters", strings.ToLower(d.secret))
	k.plant(name+"the bytes of the secret", string(raw))
	wrong, canary := d.wrong(t), fmt.Sprintf("CANARY%dSECRET%d", round, os.Getpid())
	k.plant(name+"a wrong code", wrong)
	k.plant(name+"what is no code", canary)
	for step := int64(-1); step <= 2; step++ {
		k.plant(fmt.Sprint(name, "the code of step ", step), d.code(t, step))
	}
	call := func(function string, args any) {
		if _, err := c.call("TwoFactorAuth", function, args); err != nil {
			t.Fatal(err)
		}
	}
	set := map[string]string{"secret": d.secret, "tfa_token": d.code(t, 0), "current_tfa_token": canary}
	call("set_user_configuration", map[string]string{"secret": canary, "tfa_token": wrong})
	c.call("TwoFactorAuth", "remove_user_configuration", nil) // of the round before
	call("set_user_configuration", set)
	call("set_user_configuration", set)
	call("get_qr_code", map[string]string{"secret": d.secret})
	call("get_qr_code", map[string]string{"secret": d.secret + canary})
	if r, err := c.call("TwoFactorAuth", "generate_recovery_codes", nil); err != nil {
		t.Fatal(err)
	} else if r.Result.Status == 1 {
		for _, found := range regexp.MustCompile(`[0-9a-z]{5}-[0-9a-z]{5}`).FindAllString(string(r.Result.Data), -1) {
			made.Codes = append(made.Codes, found)
			k.plant(name+"a recovery code", found)
			k.plant(name+"a recovery code, in one", strings.ReplaceAll(found, "-", ""))
		}
	}
	if round == 0 && len(made.Codes) != 10 {
		t.Errorf("%d recovery codes", len(made.Codes))
	}
	for _, token := range append([]string{wrong, canary, d.code(t, 1), "zzzzz-zzzzz"}, made.Codes...) {
		call("validate_token", map[string]string{"tfa_token": token})
	}
	call("validate_token", map[string]any{"tfa_token": []string{canary}, "other": map[string]string{"of": d.secret}})
	call("remove_user_configuration", map[string]string{"tfa_token": canary})
	call("nosuch_function", set)
	for _, payload := range []string{
		`<cpanelaction>{"module":"TwoFactorAuth","func":"validate_token","args":{"tfa_token":"` + canary + `"`,
		`<cpanel print="` + d.secret + canary + `">`, `<cpanel setvar="secret=` + d.secret + `">`, `<cpanel TwoFactorAuth="set_user_configuration(` + d.secret + `,` + canary + `)">`,
		`<cpanelaction>{"module":"TwoFactorAuth","func":"validate_token","apiversion":"2","args":{"tfa_token":"` + canary + `"}}</cpanelaction>`,
		`<cpanelaction>{"module":"TwoFactorAuth","func":"validate_token","apiversion":"1","args":["` + d.secret + `"]}</cpanelaction>`,
	} {
		if err := c.send(payload); err != nil {
			t.Fatal(err)
		}
		if _, err := c.receive(); err != nil {
			t.Fatal(err)
		}
	}
	c.conn.Close()
	// The same from programs, whose own output is searched. Secrets come on standard
	// input, as the manual says.
	input := fmt.Sprintf(`{"secret":"%s","tfa_token":"%s","user":"root","replace":1}`, d.secret, wrong)
	lines := [][]string{
		{"uapi", "--input=json", "TwoFactorAuth", "set_user_configuration"},
		{"uapi", "--input=json", "TwoFactorAuth", "validate_token"},
		{"liveapi", "pipe"},
	}
	if os.Getuid() == 0 {
		for _, function := range []string{"set_tfa_config_for_user", "import_tfa_config", "export_tfa_config", "set_tfa_config", "unlock_user", "remove_user_config"} {
			lines = append(lines, []string{"whmapi1", "--input=json", "twofactorauth_" + function})
		}
	}
	for _, line := range lines {
		for _, through := range []string{"LIVEAPI_SOCKET=" + socket, "LIVEAPI_SOCKET="} {
			cmd := exec.Command(at("bin/"+line[0]), line[1:]...)
			cmd.Env = append(p.env[:len(p.env):len(p.env)], through)
			cmd.Stdin, cmd.Stderr = strings.NewReader(input), said
			cmd.Run()
		}
	}
}
