package main

import (
	"bytes"
	"fmt"
	"net"
	"path/filepath"

	"liveapi.host/host/bench/internal/measure"
)

// kind is one kind of function: a table of the report.
type kind struct {
	name    string
	request Request // of the callers in Go
	php     bool    // the callers are processes of PHP, which know their request
	callers []int
	ours    string // regular expression of bin/bench's rows, as its flag -only takes it
	our     string // the row among them that the ratios divide: TABLE/NAME
}

// kinds are those of bin/bench that a peer can carry as well.
func kinds() []kind {
	of := func(function string, args arguments) Request {
		return Request{Module: "Bench", Function: function, Args: args}
	}
	all := []kind{
		{name: "empty", request: of("empty", arguments{Name: "value"}), callers: []int{1, 8, 64, 200, 512},
			ours: "^path/(raw echo|raw relay|whole path)", our: "path/whole path, lane"},
		{name: "PHP, empty", php: true, callers: []int{1, 8, 64}, ours: "^libraries/PHP caller", our: "libraries/PHP caller"},
	}
	for _, millis := range []int{1, 5} {
		name := fmt.Sprintf("wait %d ms", millis)
		all = append(all, kind{name: name, request: of("wait", arguments{Micros: millis * 1000}), callers: []int{1, 16, 64, 200},
			ours: "^functions/" + name + ",", our: "functions/" + name + ", lane"})
	}
	all = append(all, kind{name: "compute 1 ms", request: of("compute", arguments{Micros: 1000}), callers: []int{1, 8, 64},
		ours: "^functions/compute 1 ms,", our: "functions/compute 1 ms, lane"})
	for _, size := range []struct {
		name  string
		bytes int
	}{{"64 KiB", 64 << 10}, {"1 MiB", 1 << 20}, {"4 MiB", 4 << 20}} {
		all = append(all, kind{name: "reply of " + size.name, request: of("payload", arguments{Bytes: size.bytes}), callers: []int{1, 8},
			ours: "^replies/.*, " + size.name + "$", our: "replies/lane, " + size.name})
	}
	return all
}

// peer is another way to carry a call. Its server is a process of this program.
type peer struct {
	name   string
	server string                                                 // key of servers
	dial   func(socket string, r Request) (measure.Caller, error) // nil: only PHP calls it
	script string                                                 // of PHP, which is given the socket and the seconds; "": no such row
	limit  int                                                    // of a reply, in bytes; 0: none that matters here
}

// peers are measured in this order.
var peers = []peer{
	{name: "naive go-plugin over gRPC, two hops", server: "plugin-grpc", dial: dialLines},
	{name: "naive go-plugin over net/rpc, two hops", server: "plugin-netrpc", dial: dialLines},
	{name: "ttrpc, one hop", server: "ttrpc", dial: dialTTRPC, limit: 4 << 20},
	{name: "jrpc2, one hop", server: "jrpc2", dial: dialJRPC2},
	{name: "MCP Go SDK, one hop", server: "mcp", dial: dialMCP},
	{name: "net/http and JSON, one hop", server: "http", dial: dialHTTP},
	{name: "net/rpc/jsonrpc, one hop", server: "jsonrpc", dial: dialJSONRPC, script: "jsonrpc.php"},
	{name: "raw bytes, one hop", server: "echo", script: "raw.php"},
	{name: "naive go-plugin over gRPC, two hops", server: "plugin-grpc", script: "lines.php"},
}

// servers are the processes that this program can be: they serve a socket.
var servers = map[string]func(socket string) error{
	"plugin-grpc":   func(socket string) error { return servePlugin(socket, overGRPC) },
	"plugin-netrpc": func(socket string) error { return servePlugin(socket, overNetRPC) },
	"ttrpc":         serveTTRPC,
	"jrpc2":         serveJRPC2,
	"mcp":           serveMCP,
	"http":          serveHTTP,
	"jsonrpc":       serveJSONRPC,
	"echo":          serveEcho,
}

// notServed says what is left out, and why.
const notServed = "Not measured: goridge. Its Go module could not be fetched where this was made.\n" +
	"net/rpc/jsonrpc stands for that family: it is the same net/rpc server with the standard library's JSON codec, " +
	"without goridge's frame and checksum.\n"

func (l *lab) socket(server string) string { return filepath.Join(l.dir, server+".sock") }

// ready listens on a socket and says on standard output that the server does.
func ready(socket string) (net.Listener, error) {
	listener, err := net.Listen("unix", socket)
	if err == nil {
		fmt.Println("ready")
	}
	return listener, err
}

// accept serves each connection in a goroutine of its own.
func accept(socket string, serve func(net.Conn)) error {
	listener, err := ready(socket)
	if err != nil {
		return err
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go serve(conn)
	}
}

// checked returns an error unless a response, as JSON, is a success with as much data as the request
// asks for. It does not decode it: neither do the callers of our own rows.
func checked(r Request, text []byte) error {
	if !bytes.HasPrefix(text, []byte(`{"status":1,`)) || len(text) < r.Args.Bytes {
		return fmt.Errorf("%d bytes in response to %+v: %.300s", len(text), r, text)
	}
	return nil
}
