package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/rpc"
	"net/rpc/jsonrpc"

	"liveapi.host/host/bench/internal/measure"

	"github.com/containerd/ttrpc"
	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/channel"
	"github.com/creachadair/jrpc2/handler"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// Peers with one hop: the caller talks to the process that does the work. None of
// them has a host in between that could check or route the call.

func serveTTRPC(socket string) error {
	server, err := ttrpc.NewServer()
	if err != nil {
		return err
	}
	server.Register(serviceName, map[string]ttrpc.Method{
		method: func(_ context.Context, decode func(any) error) (any, error) {
			var in wrapperspb.BytesValue
			if err := decode(&in); err != nil {
				return nil, err
			}
			result, err := workJSON(in.Value)
			return wrapperspb.Bytes(result), err
		},
	})
	listener, err := ready(socket)
	if err != nil {
		return err
	}
	return server.Serve(context.Background(), listener)
}

func dialTTRPC(socket string, r Request) (measure.Caller, error) {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return measure.Caller{}, err
	}
	client := ttrpc.NewClient(conn)
	return measure.Caller{Call: func() error {
		text, err := json.Marshal(r)
		if err != nil {
			return err
		}
		var out wrapperspb.BytesValue
		if err := client.Call(context.Background(), serviceName, method, wrapperspb.Bytes(text), &out); err != nil {
			return err
		}
		return checked(r, out.Value)
	}, End: func() { client.Close() }}, nil
}

func serveJRPC2(socket string) error {
	methods := handler.Map{method: handler.New(func(_ context.Context, r Request) (Response, error) { return work(r) })}
	return accept(socket, func(conn net.Conn) {
		jrpc2.NewServer(methods, nil).Start(channel.Line(conn, conn)).Wait()
	})
}

func dialJRPC2(socket string, r Request) (measure.Caller, error) {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return measure.Caller{}, err
	}
	client := jrpc2.NewClient(channel.Line(conn, conn), nil)
	return measure.Caller{Call: func() error {
		var done json.RawMessage
		if err := client.CallResult(context.Background(), method, r, &done); err != nil {
			return err
		}
		return checked(r, done)
	}, End: func() { client.Close() }}, nil
}

func serveMCP(socket string) error {
	server := mcp.NewServer(&mcp.Implementation{Name: "bench", Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: method, Description: "Does a known amount of one thing."},
		func(_ context.Context, _ *mcp.CallToolRequest, r Request) (*mcp.CallToolResult, any, error) {
			done, err := work(r)
			if err != nil {
				return nil, nil, err
			}
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: string(done.Data)}}}, nil, nil
		})
	return accept(socket, func(conn net.Conn) {
		server.Run(context.Background(), &mcp.IOTransport{Reader: conn, Writer: conn}) // returns when the caller has gone
	})
}

func dialMCP(socket string, r Request) (measure.Caller, error) {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return measure.Caller{}, err
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "caller", Version: "1"}, nil)
	session, err := client.Connect(context.Background(), &mcp.IOTransport{Reader: conn, Writer: conn}, nil)
	if err != nil {
		return measure.Caller{}, err
	}
	return measure.Caller{Call: func() error {
		result, err := session.CallTool(context.Background(), &mcp.CallToolParams{Name: method, Arguments: r})
		if err != nil {
			return err
		}
		text, ok := result.Content[0].(*mcp.TextContent)
		if !ok || result.IsError || len(text.Text) < r.Args.Bytes {
			return fmt.Errorf("the call failed: %+v", result)
		}
		return nil
	}, End: func() { session.Close() }}, nil
}

func serveHTTP(socket string) error {
	listener, err := ready(socket)
	if err != nil {
		return err
	}
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		var r Request
		err := json.NewDecoder(q.Body).Decode(&r)
		var done Response
		if err == nil {
			done, err = work(r)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(done) // fails when the caller has gone
	}))
}

func dialHTTP(socket string, r Request) (measure.Caller, error) {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	client := &http.Client{Transport: transport}
	return measure.Caller{Call: func() error {
		text, err := json.Marshal(r)
		if err != nil {
			return err
		}
		reply, err := client.Post("http://bench/call", "application/json", bytes.NewReader(text))
		if err != nil {
			return err
		}
		defer reply.Body.Close()
		done, err := io.ReadAll(reply.Body)
		if err != nil {
			return err
		}
		return checked(r, done)
	}, End: transport.CloseIdleConnections}, nil
}

// Bench has one method in the form that net/rpc wants.
type Bench struct{}

// Invoke does what a request asks for.
func (Bench) Invoke(r Request, done *Response) (err error) {
	*done, err = work(r)
	return err
}

func serveJSONRPC(socket string) error {
	server := rpc.NewServer()
	if err := server.Register(Bench{}); err != nil {
		return err
	}
	return accept(socket, func(conn net.Conn) { server.ServeCodec(jsonrpc.NewServerCodec(conn)) })
}

func dialJSONRPC(socket string, r Request) (measure.Caller, error) {
	client, err := jsonrpc.Dial("unix", socket)
	if err != nil {
		return measure.Caller{}, err
	}
	return measure.Caller{Call: func() error {
		var done json.RawMessage
		if err := client.Call("Bench.Invoke", r, &done); err != nil {
			return err
		}
		return checked(r, done)
	}, End: func() { client.Close() }}, nil
}

// Sizes of raw bytes, about those of a call of an empty function.
const requestSize, replySize = 124, 200

// serveEcho responds to each request of fixed size with a reply of fixed size.
func serveEcho(socket string) error {
	return accept(socket, func(conn net.Conn) {
		defer conn.Close()
		request, reply := make([]byte, requestSize), make([]byte, replySize)
		for {
			if _, err := io.ReadFull(conn, request); err != nil {
				return
			}
			if _, err := conn.Write(reply); err != nil {
				return
			}
		}
	})
}
