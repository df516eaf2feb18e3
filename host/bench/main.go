// The command bench measures calls layer by layer, beside raw bytes over a unix
// socket in the same run: `make bench`. It prints Markdown tables. It is
// not a test: no result makes it fail, and no other package uses it. The comparison
// with other projects is in host/bench/peers.
//
// Machines drift by the hour, so every row is measured in each of several
// rounds, one after the other, and the medians of the rounds are compared as
// ratios to a row of the same table.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"liveapi.host/protocol/modulerpc"
)

// options are the flags of a run.
type options struct {
	rounds             int
	span               time.Duration
	only               *regexp.Regexp
	callers            []int // nil: each row's own
	sdk, modules, etcd string
	json               string // file for the medians; "": none
}

func main() {
	if modulerpc.Launched() {
		modulerpc.Serve(newBenchModule(), modulerpc.NewLogger("bench"))
		return
	}
	if len(os.Args) > 2 && kinds[os.Args[1]] != nil {
		if err := kinds[os.Args[1]](os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "bench", os.Args[1]+":", err)
			os.Exit(1)
		}
		return
	}
	o, err := parse()
	if err == nil {
		err = run(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse() (o options, err error) {
	flag.IntVar(&o.rounds, "rounds", 5, "how often each row is measured, at least 1")
	flag.DurationVar(&o.span, "time", 500*time.Millisecond, "how long each measurement lasts")
	only := flag.String("only", "", "measure only rows whose TABLE/NAME this regular expression matches, and their bases")
	callers := flag.String("callers", "", "how many call at once, in place of each row's own numbers, such as 1,8,64")
	flag.StringVar(&o.sdk, "sdk", "sdk/caller", "folder of the PHP and Perl libraries")
	modules := flag.String("modules", "bin/modules", "folder of the module programs")
	flag.StringVar(&o.etcd, "etcd", "", "address of an etcd to measure verifications over three hosts on, and a prefix that nobody uses")
	flag.StringVar(&o.json, "json", "", "file to write the medians to, beside the tables")
	flag.Parse()
	if flag.NArg() > 0 {
		return o, fmt.Errorf("%q is not a flag", flag.Arg(0))
	}
	if o.only, err = regexp.Compile(*only); err != nil {
		return o, fmt.Errorf("-only: %w", err)
	}
	if *callers != "" {
		for _, text := range strings.Split(*callers, ",") {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 {
				return o, fmt.Errorf("-callers: %q is not a number from 1 on", text)
			}
			o.callers = append(o.callers, n)
		}
	}
	o.rounds = max(o.rounds, 1)
	o.modules, err = filepath.Abs(*modules) // programs start in another folder
	return o, err
}

func run(o options) error {
	l, err := newLab(o)
	if err != nil {
		return err
	}
	defer l.close()
	all := []*table{functions(l), replies(l), path(l), verifications(l), libraries(l)}
	if o.etcd != "" {
		all = append(all, fleet(l))
	}
	tables, err := selected(all, o.only, o.callers)
	if err != nil {
		return err
	}
	if err := measureAll(tables, o); err != nil {
		return err
	}
	if o.json != "" {
		if err := writeJSON(o.json, tables); err != nil {
			return err
		}
	}
	printRun(os.Stdout, o)
	if o.only.String() == "" {
		printCodec(os.Stdout)
	}
	for _, t := range tables {
		printTable(os.Stdout, t)
	}
	return nil
}
