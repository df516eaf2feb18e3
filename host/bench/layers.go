package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"liveapi.host/host/supervise"
	"liveapi.host/protocol"
	"liveapi.host/protocol/liveapi"
	"liveapi.host/protocol/modulerpc"
	"liveapi.host/protocol/uapi"
)

// layers starts what the layers need and returns them.
func layers(dir, sdk, only string) (all []layer, stop func(), err error) {
	var stops []func()
	stop = func() {
		for _, s := range stops {
			s()
		}
	}
	folder, err := modulesFolder(dir)
	if err != nil {
		return nil, stop, err
	}
	server := func(args ...string) {
		s, e := start(args...)
		if e != nil {
			err = errors.Join(err, e)
			return
		}
		stops = append(stops, s)
	}
	sock := func(name string) string { return socketIn(dir, name) }
	server("echo", sock("echo"))
	server("relay", sock("relay"), sock("echo"))
	server("host", sock("inside"), folder, "inside")
	server("host", sock("lane"), folder, "lane")
	server("host", sock("stream"), folder, "stream")
	lane, e1 := process(folder, false)
	stream, e2 := process(folder, true)
	if err = errors.Join(err, e1, e2); err != nil {
		return nil, stop, err
	}
	stops = append(stops, func() { lane.Close(); stream.Close() })
	for _, l := range []layer{
		{echoLayer, overSocket(sock("echo"), request, false)},
		{"raw relay, two hops", overSocket(sock("relay"), request, false)},
		{"host, function inside", overSocket(sock("inside"), request, true)},
		{"gRPC stream, host to module", toModule(stream, "empty")},
		{"lane, host to module", toModule(lane, "empty")},
		{"lane, host to module, 64 KiB", toModule(lane, "large")},
		{"whole path, gRPC stream", overSocket(sock("stream"), request, true)},
		{"whole path, lane", overSocket(sock("lane"), request, true)},
		{"PHP caller, whole path", script(sock("lane"), "php", filepath.Join(sdk, "php", "bench.php"))},
		{"Perl caller, whole path", script(sock("lane"), "perl", "-I", filepath.Join(sdk, "perl", "lib"), filepath.Join(sdk, "perl", "bench.pl"))},
	} {
		if l.name == echoLayer || strings.Contains(l.name, only) {
			all = append(all, l)
		}
	}
	return all, stop, nil
}

func process(folder string, noLane bool) (*modulerpc.Process, error) {
	return modulerpc.Start(
		context.Background(),
		modulerpc.Config{Path: filepath.Join(folder, "bench"), Env: supervise.Env(), NoLane: noLane},
	)
}

// toModule calls a function of a module process from this one.
func toModule(p *modulerpc.Process, function string) func(int, time.Duration) ([]time.Duration, error) {
	return func(n int, span time.Duration) ([]time.Duration, error) {
		return closedLoop(n, span, func() (func() error, func(), error) {
			return func() error {
				call := &protocol.Call{Account: "bench", Module: "Bench", Function: function, API: protocol.UAPI,
					Args: []byte(`{"name":"value"}`), Deadline: time.Now().Add(30 * time.Second)}
				_, err := p.Invoke(context.Background(), call)
				return err
			}, func() {}, nil
		})
	}
}

// script runs n processes of an interpreter, each of which makes calls by its
// library for span and prints the time of each in nanoseconds, one a line.
func script(socket string, argv ...string) func(int, time.Duration) ([]time.Duration, error) {
	return func(n int, span time.Duration) ([]time.Duration, error) {
		var outputs []io.Reader
		var commands []*exec.Cmd
		for range n {
			cmd := exec.Command(argv[0], append(argv[1:len(argv):len(argv)], strconv.FormatFloat(span.Seconds(), 'f', 3, 64))...)
			cmd.Env = append(os.Environ(), "CPANEL_CONNECT_SOCKET="+socket, "CPANEL_PHPCONNECT_SOCKET="+socket)
			cmd.Stderr = os.Stderr
			out := new(bytes.Buffer)
			cmd.Stdout = out
			if err := cmd.Start(); err != nil {
				return nil, err
			}
			outputs, commands = append(outputs, out), append(commands, cmd)
		}
		var times []time.Duration
		for i, cmd := range commands {
			if err := cmd.Wait(); err != nil {
				return nil, fmt.Errorf("%s: %w", strings.Join(argv, " "), err)
			}
			for lines := bufio.NewScanner(outputs[i]); lines.Scan(); {
				ns, err := strconv.ParseFloat(lines.Text(), 64)
				if err != nil {
					return nil, fmt.Errorf("%s printed %q", argv[0], lines.Text())
				}
				times = append(times, time.Duration(ns))
			}
		}
		return times, nil
	}
}

// printCodec measures what the host does with a frame, without any I/O.
func printCodec(out io.Writer) {
	result := &protocol.Result{Status: 1}
	codec := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		reader := liveapi.NewReader(&endless{request: request}, liveapi.Limits{})
		writer := liveapi.NewWriter(io.Discard, 0)
		call := &protocol.Call{API: protocol.UAPI, Module: "Bench", Function: "empty"}
		var body []byte
		for b.Loop() {
			frame, err := reader.Next()
			if err != nil {
				b.Fatal(err)
			}
			if _, err := liveapi.ParseRequest(frame.Payload); err != nil {
				b.Fatal(err)
			}
			if body, err = uapi.Append(body[:0], call, result, 0); err != nil {
				b.Fatal(err)
			}
			if err := writer.Reply(body); err != nil {
				b.Fatal(err)
			}
		}
	})
	fmt.Fprintf(out, "Frame codec (read, parse, envelope, reply): %d ns and %d allocations a call.\n\n", codec.NsPerOp(), codec.AllocsPerOp())
}

// endless delivers the same request for ever.
type endless struct {
	request []byte
	at      int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.request[e.at:])
	e.at = (e.at + n) % len(e.request)
	return n, nil
}
