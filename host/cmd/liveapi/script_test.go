package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/rogpeppe/go-internal/testscript"

	"liveapi.host/host/sys/identity"
)

// TestScripts runs testdata/script/*.txtar with the real programs. In addition to
// testscript's own commands there are:
//
//	serve NAME [flag…]    start liveapi serve in the background, wait for its socket; log in NAME.log
//	quit NAME [SIGNAL]    end it (TERM), wait for it and all its children
//	status N program …    like exec, and the exit status is N
//	frames OUT IN         OUT gets one LiveAPI frame (W4) for each line of IN
//	code FILE             take secret from FILE's result, compute the code of now: $SECRET, $CODE
//	gone PATH…            wait until the paths do not exist
//	empty DIR…            nothing is in the folders
//	jsonlines FILE        each line of FILE is one JSON object
//	stale PATH            leave the socket of a dead host at PATH
//	link PATH TARGET      make a symbolic link, and its folder
//	onterminal FILE PROGRAM …  run it with a terminal as standard error; FILE gets what it shows
//	impostor NAME FILE    listen on NAME.sock for one caller, send it FILE and close
func TestScripts(t *testing.T) {
	work, err := os.MkdirTemp(tree, "s") // a new one for each -count
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		WorkdirRoot:         work,
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Deadline:            time.Now().Add(2 * time.Minute), // a command that hangs fails, with its output
		Setup:               setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve": serveScript, "quit": quitScript, "status": statusScript, "frames": framesScript, "code": codeScript,
			"gone": goneScript, "empty": emptyScript, "jsonlines": jsonlinesScript, "stale": staleScript, "link": linkScript, "impostor": impostorScript,
			"onterminal": onTerminalScript,
		},
		Condition: func(name string) (bool, error) {
			if name == "root" {
				return os.Getuid() == 0, nil
			}
			return false, fmt.Errorf("no condition %q", name)
		},
	})
}

// daemonsKey is where a script keeps its daemons.
type daemonsKey struct{}

func setup(env *testscript.Env) error {
	vars, _, err := surroundings(env.WorkDir)
	if err != nil {
		return err
	}
	daemons := make(map[string]*daemon)
	env.Values[daemonsKey{}] = daemons
	env.Defer(func() {
		for _, d := range daemons {
			d.stop(syscall.SIGKILL)
		}
	})
	who := identity.Own()
	env.Vars = append(vars,
		"WORK="+env.WorkDir,
		"TREE="+tree,
		"EXAMPLES="+at("examples"),
		"SDK="+at("sdk/caller"),
		"MODULES="+at("bin/modules"),
		"SOCK="+filepath.Join(env.WorkDir, "xr", "d.sock"),
		"ACCOUNT="+who,
		"ACCOUNT_HOME="+homeOf(os.Getuid()),
		"UID="+strconv.Itoa(os.Getuid()),
		"GID="+strconv.Itoa(os.Getgid()),
		"SYSTEM_PATH=/usr/local/bin:/usr/bin:/bin", // no liveapi here
	)
	return nil
}

func need(ts *testscript.TestScript, neg, ok bool, usage string) {
	if neg || !ok {
		ts.Fatalf("usage: %s", usage)
	}
}

func serveScript(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) >= 1, "serve NAME [flag…]")
	socket := ts.Getenv("LIVEAPI_SOCKET")
	if i := slices.Index(args, "--socket"); i >= 0 {
		socket = args[i+1]
	}
	d, err := startDaemon(environment(ts), socket, ts.MkAbs(args[0]+".log"), args[1:]...)
	ts.Check(err)
	ts.Value(daemonsKey{}).(map[string]*daemon)[args[0]] = d
}

// environment is the script's environment as it is now.
func environment(ts *testscript.TestScript) []string {
	var names []string
	for _, line := range []string{"PATH", "LANG", "HOME", "TMPDIR", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME",
		"LIVEAPI_STATE", "LIVEAPI_CONFIG", "LIVEAPI_SOCKET", "LIVEAPI_MODULES", "LIVEAPI_TRACE", "LIVEAPI_LOG", "LIVEAPI_LANE", "CANARY",
		"LIVEAPI_KEY", "CREDENTIALS_DIRECTORY"} {
		if value := ts.Getenv(line); value != "" {
			names = append(names, line+"="+value)
		}
	}
	return names
}

func quitScript(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 1 || len(args) == 2, "quit NAME [TERM|INT|HUP|KILL]")
	signal := syscall.SIGTERM
	if len(args) == 2 {
		signal = map[string]syscall.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "HUP": syscall.SIGHUP, "KILL": syscall.SIGKILL}[args[1]]
	}
	daemons := ts.Value(daemonsKey{}).(map[string]*daemon)
	d := daemons[args[0]]
	need(ts, false, d != nil && signal != 0, "quit NAME [TERM|INT|HUP|KILL]")
	delete(daemons, args[0])
	ts.Check(d.stop(signal))
}

func statusScript(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) >= 2, "status N program [argument…]")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%s: exit status %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

func framesScript(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2, "frames OUT IN")
	var out strings.Builder
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		payload := strings.TrimSuffix(line, "\n")
		fmt.Fprintf(&out, "%d\n%s", len(payload), payload)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(out.String()), 0o600))
}

func codeScript(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 1, "code FILE")
	var reply struct {
		Result struct {
			Data struct {
				Secret string `json:"secret"`
			} `json:"data"`
		} `json:"result"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &reply))
	secret := reply.Result.Data.Secret
	code, err := totp.GenerateCode(secret, time.Now())
	ts.Check(err)
	ts.Setenv("SECRET", secret)
	ts.Setenv("CODE", code)
}

func goneScript(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) > 0, "gone PATH…")
	for _, path := range args {
		ts.Check(awaitGone(ts.MkAbs(path)))
	}
}

func emptyScript(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) > 0, "empty DIR…")
	for _, dir := range args {
		if names := left(ts.MkAbs(dir)); len(names) > 0 {
			ts.Fatalf("left in %s: %v", dir, names)
		}
	}
}

func jsonlinesScript(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 1, "jsonlines FILE")
	lines := bufio.NewScanner(strings.NewReader(ts.ReadFile(args[0])))
	n := 0
	for ; lines.Scan(); n++ {
		var entry map[string]any
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			ts.Fatalf("%s:%d: %v: %s", args[0], n+1, err, lines.Text())
		}
	}
	if n == 0 {
		ts.Fatalf("%s is empty", args[0])
	}
}

func staleScript(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 1, "stale PATH")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: ts.MkAbs(args[0]), Net: "unix"})
	ts.Check(err)
	l.SetUnlinkOnClose(false)
	ts.Check(l.Close())
}

func linkScript(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2, "link PATH TARGET")
	ts.Check(os.MkdirAll(filepath.Dir(ts.MkAbs(args[0])), 0o755))
	ts.Check(os.Symlink(args[1], ts.MkAbs(args[0])))
}

func impostorScript(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) == 2, "impostor NAME FILE")
	reply := ts.ReadFile(args[1])
	l, err := net.Listen("unix", ts.MkAbs(args[0]+".sock"))
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		conn.Read(make([]byte, 4096)) // the request has to be read before the close
		fmt.Fprint(conn, reply)
	}()
}

func onTerminalScript(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, len(args) >= 2, "onterminal FILE PROGRAM [argument…]")
	keeper, terminal, err := newTerminal()
	ts.Check(err)
	defer keeper.Close()
	cmd := exec.Command(at("bin/"+args[1]), args[2:]...)
	cmd.Env, cmd.Dir, cmd.Stderr = environment(ts), ts.MkAbs("."), terminal
	err = cmd.Start()
	terminal.Close()
	ts.Check(err)
	shown, _ := io.ReadAll(keeper) // ends with EIO once the program has ended
	ts.Check(errors.Join(cmd.Wait(), os.WriteFile(ts.MkAbs(args[0]), shown, 0o600)))
}

// homeOf is a user's home folder by the system's user database.
func homeOf(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil && u.HomeDir != "" {
		return u.HomeDir
	}
	return "/"
}
