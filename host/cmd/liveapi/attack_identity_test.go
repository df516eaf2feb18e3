package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// administration returns WHM's functions, with arguments that would harm the victim.
func administration(victim string, d device) map[string]map[string]string {
	own := map[string]string{"user": victim, "secret": d.secret, "tfa_token": "", "replace": "1"}
	return map[string]map[string]string{
		"twofactorauth_disable_policy": {}, "twofactorauth_set_issuer": {"issuer": "forged"},
		"twofactorauth_export_tfa_config": {"user": victim}, "twofactorauth_import_tfa_config": own,
		"twofactorauth_set_tfa_config_for_user": own, "twofactorauth_remove_user_config": {"user": victim},
		"twofactorauth_unlock_user": {"user": victim}, "twofactorauth_get_user_configs": {}, "twofactorauth_get_tfa_config_for_user": {"user": victim},
		"twofactorauth_policy_status": {}, "twofactorauth_set_tfa_config": own,
	}
}

// W17, U §7: whatever identity an account claims, in any member, argument or version
// of the API, it can change only its own record and call no function of WHM.
func TestW17ForgedIdentityReachesNothing(t *testing.T) {
	p := newPlace(t)
	d := p.openHost(t, "d")
	const victim = "victim"
	device, attacker := newDevice(t), newDevice(t)
	configure(t, p.path("state"), victim, device.secret)
	before := stored(t, p.path("state"), victim)[victim]
	right := device.code(t, 0)
	c := mustDialAs(t, d.socket, "mallory")
	send := func(payload map[string]any) {
		t.Helper()
		raw, err := json.Marshal(payload)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.send("<cpanelaction>" + string(raw) + "</cpanelaction>"); err != nil {
			t.Fatal(err)
		}
		body, err := c.receive()
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{`"valid":1`, `"success":1`, `"users_modified"`, device.secret, `"tfa_removed":1,`, `"recovery_codes"`, `"locked"`, `"result":1`} {
			if bytes.Contains(body, []byte(bad)) {
				t.Errorf("%s was answered with %s", raw, body)
			}
		}
	}
	// Members of the payload and arguments that other systems would trust.
	for _, name := range []string{"account", "user", "username", "cpanel_jsonapi_user", "uid", "owner", "as", "team_user", "REMOTE_USER", "origin", "whole", "root", "Account", "key", "module_account"} {
		for _, value := range []any{victim, "root", 0, "../" + victim, victim + "/configuration", "/" + victim, true} {
			for _, function := range []string{"validate_token", "generate_recovery_codes"} {
				args := map[string]any{"tfa_token": right}
				send(
					map[string]any{
						"module":     "TwoFactorAuth",
						"func":       function,
						"reqtype":    "exec",
						"apiversion": "uapi",
						"args":       args,
						name:         value,
					},
				)
				if name == "team_user" && value == "root" {
					continue // mallory may have a team user of this name
				}
				args[name] = value
				send(map[string]any{"module": "TwoFactorAuth", "func": function, "reqtype": "exec", "apiversion": "uapi", "args": args})
			}
		}
	}
	// Functions of WHM by every version, module and spelling.
	for function, args := range administration(victim, attacker) {
		if args["secret"] != "" {
			args["tfa_token"] = attacker.code(t, 0)
		}
		for _, version := range []any{"whm1", "WHM1", "whm", "whmapi1", "uapi", "1", "2", "3", "4", 1, 2, 3, 4, 0, -1, nil, "", "whm1\x00", " whm1", []string{"whm1"}, true} {
			for _, module := range []string{"", "TwoFactorAuth", "WHM", "Whm1", "LiveAPI"} {
				for _, name := range []string{function, strings.TrimPrefix(function, "twofactorauth_"), "twofactorauth_" + function} {
					send(map[string]any{"module": module, "func": name, "reqtype": "exec", "apiversion": version, "args": args})
				}
			}
		}
	}
	if after := stored(t, p.path("state"), victim)[victim]; after != before {
		t.Error("mallory changed the victim's record")
	}
	v := mustDialAs(t, d.socket, victim)
	if is, r := v.mustValidate(t, right); is.Valid != 1 {
		t.Errorf("the victim's own code afterwards: %s, %v", r.Result.Data, r.Result.Errors)
	}
	var get struct {
		Enabled int `json:"is_enabled"`
		Issuer  string
	}
	if v.succeed(t, "TwoFactorAuth", "get_user_configuration", nil, &get); get.Enabled != 1 || get.Issuer == "forged" {
		t.Errorf("the policy or the issuer was changed: %+v", get)
	}
	c.conn.Close()
	v.conn.Close()
	p.stopped(t, d)
}

// The same with the real programs and another uid, as the kernel knows it.
func TestW17ForgedIdentityOfAnotherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can be two users")
	}
	p := newPlace(t)
	d := p.daemon(t, "d", "--socket-mode", "666")
	device, attacker := newDevice(t), newDevice(t)
	configure(t, p.path("state"), "root", device.secret)
	before := stored(t, p.path("state"), "root")["root"]
	right := device.code(t, 0)
	if err := os.Chmod(p.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	page := p.path("forged.live.php")
	text := fmt.Sprintf(`<?php
$_SERVER['REMOTE_USER'] = $_ENV['REMOTE_USER'] = 'root';
putenv('REMOTE_USER=root');
require '/usr/local/cpanel/php/cpanel.php';
$cpanel = new CPANEL();
$cpanel->user = 'root';
foreach ([['tfa_token' => '%[1]s', 'user' => 'root'], ['tfa_token' => '%[1]s', 'account' => 'root']] as $args) {
    echo json_encode($cpanel->uapi('TwoFactorAuth', 'validate_token', $args)), json_encode($cpanel->uapi('TwoFactorAuth', 'twofactorauth_export_tfa_config', $args)), "\n";
}
`, right)
	if err := os.WriteFile(page, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	commands := [][]string{
		{"uapi", "--user=root", "TwoFactorAuth", "validate_token", "tfa_token=" + right},
		{"uapi", "TwoFactorAuth", "validate_token", "tfa_token=" + right, "user=root", "account=root"},
		{"uapi", "TwoFactorAuth", "twofactorauth_export_tfa_config", "user=root"},
		{"cpapi2", "TwoFactorAuth", "twofactorauth_export_tfa_config", "user=root"},
		{"liveapi", "run", page},
		{"liveapi", "export", "google-authenticator", "root", "/dev/stdout"},
		{"liveapi", "audit"},
	}
	for function, args := range administration("root", attacker) {
		line := []string{"whmapi1", "--output=json", function}
		if args["secret"] != "" {
			args["tfa_token"] = attacker.code(t, 0)
		}
		for name, value := range args {
			line = append(line, name+"="+value)
		}
		commands = append(commands, line)
	}
	for _, line := range commands {
		for _, through := range []string{"LIVEAPI_SOCKET=" + d.socket, "LIVEAPI_STATE=" + p.path("state")} {
			cmd := as(nobody, exec.Command(at(filepath.Join("bin", line[0])), line[1:]...))
			cmd.Env = append(p.env[:len(p.env):len(p.env)], through, "LIVEAPI_CONFIG=/dev/null", "LIVEAPI_ACCOUNTS=/nowhere", "TMPDIR=/tmp",
				"USER=root", "LOGNAME=root", "REMOTE_USER=root", "SUDO_UID=0", "HOME=/root")
			cmd.Dir = "/"
			output, _ := cmd.CombinedOutput()
			for _, bad := range []string{`"valid":1`, "valid: 1", `"result":1`, device.secret, "is_enabled: 1"} {
				if bytes.Contains(output, []byte(bad)) {
					t.Errorf("%s, %s: %s", through, line, output)
				}
			}
		}
	}
	if after := stored(t, p.path("state"), "root")["root"]; after != before {
		t.Error("another user changed root's record")
	}
	if is, r := mustDial(t, d.socket).mustValidate(t, right); is.Valid != 1 {
		t.Errorf("root's own code afterwards: %s, %v", r.Result.Data, r.Result.Errors)
	}
	p.stopped(t, d)
}
