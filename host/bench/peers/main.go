// The command peers measures other ways to call a function in another process, and
// our own path in the same run: `make peers`. It prints Markdown tables.
//
// Each round measures every row once. The rows of one kind of function follow each
// other: first our own, by the program bin/bench, then those of the peers. Each
// peer is used as its documentation shows, one connection for each caller.
//
// It is a Go module of its own, so that the project does not depend on the peers.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"time"

	"liveapi.host/protocol/modulerpc"
)

// options are the flags of a run.
type options struct {
	rounds int
	span   time.Duration
	only   *regexp.Regexp
	bench  string
	json   string
}

func main() {
	if err := start(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// start is one of: the measuring process, a server, a module of go-plugin, the plots.
func start(args []string) error {
	if modulerpc.Launched() {
		modulerpc.Serve(newNumbered(), modulerpc.NewLogger("bench"))
		return nil
	}
	if os.Getenv(handshake.MagicCookieKey) != "" {
		return serveModule()
	}
	if len(args) == 3 && args[0] == "serve" {
		serve := servers[args[1]]
		if serve == nil {
			return fmt.Errorf("there is no server %q", args[1])
		}
		return serve(args[2])
	}
	if len(args) == 3 && args[0] == "plot" {
		return plotFile(args[1], args[2])
	}
	if len(args) > 0 && args[0] == "grow" {
		return grow(args[1:])
	}
	o, err := parse(args)
	if err != nil {
		return err
	}
	return run(o, os.Stdout)
}

func parse(args []string) (o options, err error) {
	set := flag.NewFlagSet("peers", flag.ContinueOnError)
	set.Usage = func() {
		fmt.Fprint(set.Output(), "peers [flags]: measure; peers plot RESULTS FOLDER: draw what -json has written; "+
			"peers grow [flags]: many sessions, modules and accounts\n")
		set.PrintDefaults()
	}
	set.IntVar(&o.rounds, "rounds", 5, "how often each row is measured, at least 1")
	set.DurationVar(&o.span, "time", 300*time.Millisecond, "how long each measurement lasts")
	only := set.String("only", "", "measure only rows whose KIND/PEER this regular expression matches; our own rows of these kinds always")
	set.StringVar(&o.bench, "bench", "bin/bench", "the program that measures our own rows; empty: leave them out")
	set.StringVar(&o.json, "json", "", "file to write the medians to")
	if err := set.Parse(args); err != nil {
		return o, err
	}
	if set.NArg() > 0 {
		return o, fmt.Errorf("%q is not a flag", set.Arg(0))
	}
	o.rounds = max(o.rounds, 1)
	if o.only, err = regexp.Compile(*only); err != nil {
		return o, fmt.Errorf("-only: %w", err)
	}
	return o, nil
}

func run(o options, out io.Writer) error {
	dir, err := os.MkdirTemp("", "peers-")
	if err != nil {
		return err
	}
	l := &lab{dir: dir, running: make(map[string]*server)}
	defer l.close()
	began := time.Now()
	results, err := l.measureAll(o)
	if err != nil {
		return err
	}
	results.Seconds = int(time.Since(began).Seconds())
	if o.json != "" {
		if err := results.write(o.json); err != nil {
			return err
		}
	}
	results.print(out)
	return nil
}
