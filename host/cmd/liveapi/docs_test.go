package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

var update = flag.Bool("update", false, "write docs/reference anew")

// runDocs runs liveapi docs in the tree, with the modules of a folder.
func runDocs(t *testing.T, modules string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	env, _, err := surroundings(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(at("bin/liveapi"), append([]string{"docs", "--modules", modules}, args...)...)
	var out, problems bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = env, &out, &problems
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), problems.String(), cmd.ProcessState.ExitCode()
}

// plugins returns a folder with only the module programs of this repository.
func plugins(t *testing.T) string {
	t.Helper()
	repo, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	programs, err := filepath.Glob(filepath.Join(repo, "plugins/cmd/*"))
	if err != nil || len(programs) == 0 {
		t.Fatal("no plugins", err)
	}
	for i := range programs {
		programs[i], _ = filepath.Rel(repo, programs[i])
		programs[i] = "./" + programs[i]
	}
	dir := at("plugins")
	if err := goBuild(repo, dir, programs...); err != nil {
		t.Fatal(err)
	}
	return dir
}

// docs/reference is the output of liveapi docs.
func TestReferenceIsCurrent(t *testing.T) {
	modules, dir := plugins(t), "../../../docs/reference"
	if !*update {
		dir = t.TempDir()
	}
	if _, stderr, status := runDocs(t, modules, "--output", dir); status != 0 {
		t.Fatal(stderr)
	}
	if *update {
		return
	}
	fresh, kept := folder(t, dir), folder(t, "../../../docs/reference")
	const what = "; run go test ./host/cmd/liveapi -run ReferenceIsCurrent -update, or make reference"
	for name, text := range fresh {
		if kept[name] != text {
			t.Errorf("docs/reference/%s is not what liveapi docs writes%s", name, what)
		}
	}
	for name := range kept {
		if _, ours := fresh[name]; !ours {
			t.Errorf("docs/reference/%s belongs to no existing module%s", name, what)
		}
	}
	leaks := regexp.MustCompile(regexp.QuoteMeta(tree) + `|\b20\d\d-\d\d-\d\d\b|\b[0-9a-f]{12,}\b`) // dates and commits
	for name, text := range fresh {
		if leak := leaks.FindString(text); leak != "" {
			t.Errorf("%s says %q, which changes", name, leak)
		}
	}
}

func folder(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(text)
	}
	return files
}

func TestDocsOnStandardOutput(t *testing.T) {
	modules := at("bin/modules")
	text, stderr, status := runDocs(t, modules)
	if status != 0 || !strings.Contains(text, "# Reference\n") || !strings.Contains(text, "# Hello\n") ||
		!strings.Contains(text, "# TwoFactorAuth\n") {
		t.Errorf("status %d, %s\n%s", status, stderr, text)
	}
	one, stderr, status := runDocs(t, modules, "--format=openapi", "Hello")
	var document struct {
		OpenAPI string
		Paths   map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(one), &document); err != nil || status != 0 {
		t.Fatalf("status %d, %s, %v", status, stderr, err)
	}
	if document.OpenAPI != "3.1.0" || len(document.Paths) != 1 || document.Paths["/Hello/greet"] == nil {
		t.Errorf("the document of Hello has %d paths", len(document.Paths))
	}
}

func TestDocsSaysWhatIsWrong(t *testing.T) {
	modules, foreign := at("bin/modules"), t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "README.md"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "broken"), []byte("#!/bin/sh\nexit 3\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		modules string
		args    []string
		status  int
		says    string
	}{
		"format":            {modules, []string{"--format=html"}, 2, `--format is "html"; markdown and openapi are allowed`},
		"format and folder": {modules, []string{"--format=openapi", "--output=x"}, 2, "leave --format out"},
		"empty folder":      {modules, []string{"--output="}, 2, "name a folder"},
		"unknown module":    {modules, []string{"Helo"}, 2, `there is no module "Helo"; is it Hello?`},
		"foreign file":      {modules, []string{"--output", foreign}, 1, "was not written by liveapi docs"},
		"broken program":    {broken, nil, 1, "would be incomplete"},
	} {
		stdout, stderr, status := runDocs(t, test.modules, test.args...)
		if status != test.status || !strings.Contains(stderr, test.says) || stdout != "" {
			t.Errorf("%s: status %d, standard error %q, standard output %q", name, status, stderr, stdout)
		}
	}
}

// The examples of the pages are programs: each makes its call and gets a result, which
// may be an error about the placeholders.
func TestExamplesOfTheReferenceRun(t *testing.T) {
	modules := plugins(t)
	text, stderr, status := runDocs(t, modules)
	if status != 0 {
		t.Fatal(stderr)
	}
	env, _, err := surroundings(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	env = append(env, "LIVEAPI_MODULES="+modules)
	for language, form := range map[string]struct{ name, begin, each, end string }{
		"php": {"page.live.php", "<?php require '/usr/local/cpanel/php/cpanel.php'; error_reporting(E_ALL); set_error_handler(function ($n, $s) { echo \"ERROR $s\\n\"; });\n$cpanel = new CPANEL();\n",
			"%s\necho 'REPLY ', json_encode($result, JSON_UNESCAPED_UNICODE), \"\\n\";\n", "$cpanel->end();\n"},
		"perl": {"page.live.pl", "use strict; use warnings; use JSON::PP; use Cpanel::LiveAPI; binmode STDOUT, ':utf8';\nmy $cpanel = Cpanel::LiveAPI->new();\n",
			"{\n%s\nprint 'REPLY ', JSON::PP->new->canonical->allow_nonref->encode($result), \"\\n\";\n}\n", "$cpanel->end();\n"},
		"tt": {"page.html.tt", "", "%s\nREPLY \"status\":[%% result.status %%] [%% result.errors.join(' ') %%]\n", ""},
		"sh": {"page.sh", "", "%s | tr '\\n' ' ' | sed 's/^/REPLY /'\necho\n", ""},
	} {
		page := form.begin
		count := 0
		for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)\n```").FindAllStringSubmatch(text, -1) {
			code := m[1]
			if language == "sh" {
				if strings.HasPrefix(code, "curl") {
					continue
				}
				code = "{ " + code + "\n}"
			}
			if language == "tt" && !strings.Contains(code, "execute(") {
				continue // the data of another API has no status
			}
			page += fmt.Sprintf(form.each, code)
			count++
		}
		file := filepath.Join(t.TempDir(), form.name)
		if err := os.WriteFile(file, []byte(page+form.end), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(at("bin/liveapi"), "run", file)
		if language == "sh" {
			cmd = exec.Command("sh", file)
		}
		cmd.Env = env
		out, err := cmd.CombinedOutput()
		if err != nil && language != "sh" {
			t.Errorf("%s: %v\n%s", language, err, out)
		}
		replies := regexp.MustCompile(`(?m)^REPLY .*(status|event|metadata)`).FindAll(out, -1)
		if count < 4 || len(replies) != count || regexp.MustCompile(`ERROR|could not find|Failed to load|cannot be read`).Match(out) {
			t.Errorf("%s: %d examples got %d replies:\n%s", language, count, len(replies), out)
		}
	}
}

// The host passes the modules' manifests to the command without a loss.
func TestDocsKeepsEveryPartOfAManifest(t *testing.T) {
	text, _, _ := runDocs(t, at("bin/modules"), "TwoFactorAuth")
	for _, part := range []string{"Version 1.1.0.", "| `tfa_token` | a text | yes |  | yes |", "`is_enabled` | 1 or 0, always |", "a text, always, secret", "Demo accounts may not call it."} {
		if !strings.Contains(text, part) {
			t.Errorf("the page does not have %q", part)
		}
	}
}

// Without --modules the list comes from the running host.
func TestDocsAsksTheRunningHost(t *testing.T) {
	dir, err := os.MkdirTemp(tree, "d") // short: a socket's path has 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	env, _, err := surroundings(dir)
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(at("bin/modules/hello"))
	if err == nil {
		err = os.Mkdir(filepath.Join(dir, "modules"), 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "modules", "hello"), program, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	d, err := startDaemon(env, socket, filepath.Join(dir, "log"), "--socket", socket, "--modules", filepath.Join(dir, "modules"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.stop(syscall.SIGTERM)
	for modules, want := range map[string]bool{"": false, at("bin/modules"): true} {
		cmd := exec.Command(at("bin/liveapi"), "docs", "--socket", socket)
		if modules != "" {
			cmd.Args = append(cmd.Args, "--modules", modules)
		}
		cmd.Env = env
		out, err := cmd.Output()
		if err != nil || !bytes.Contains(out, []byte("# Hello\n")) || bytes.Contains(out, []byte("# TwoFactorAuth\n")) != want {
			t.Errorf("with --modules %q: %v\n%s", modules, err, out)
		}
	}
}
