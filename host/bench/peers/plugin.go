package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/rpc"
	"os"
	"os/exec"

	"liveapi.host/host/bench/internal/measure"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// The naive host: it reads requests as JSON, one a line, calls the module by
// go-plugin as its documentation shows, and writes the result as JSON.

var handshake = plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "PEERS_MODULE", MagicCookieValue: "bench"}

// invoker is the interface that the module implements.
type invoker interface {
	Invoke(text []byte) ([]byte, error)
}

type local struct{}

func (local) Invoke(text []byte) ([]byte, error) { return workJSON(text) }

// overNetRPC is go-plugin's older protocol.
const overNetRPC, overGRPC = "netrpc", "grpc"

// pluginSet has one plugin only: go-plugin looks at one of a set to choose the protocol.
func pluginSet(protocol string) plugin.PluginSet {
	if protocol == overGRPC {
		return plugin.PluginSet{protocol: &grpcPlugin{}}
	}
	return plugin.PluginSet{protocol: &netRPCPlugin{}}
}

// serveModule is the module process.
func serveModule() error {
	protocol := os.Getenv("PEERS_PROTOCOL")
	config := &plugin.ServeConfig{HandshakeConfig: handshake, Plugins: pluginSet(protocol), Logger: hclog.NewNullLogger()}
	if protocol == overGRPC {
		config.GRPCServer = plugin.DefaultGRPCServer
	}
	plugin.Serve(config)
	return nil
}

// servePlugin is the host process.
func servePlugin(socket, protocol string) error {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), "PEERS_PROTOCOL="+protocol)
	client := plugin.NewClient(&plugin.ClientConfig{HandshakeConfig: handshake, Plugins: pluginSet(protocol), Cmd: cmd, AutoMTLS: true,
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolNetRPC, plugin.ProtocolGRPC}, Logger: hclog.NewNullLogger()})
	connection, err := client.Client()
	if err != nil {
		return err
	}
	raw, err := connection.Dispense(protocol)
	if err != nil {
		return err
	}
	module := raw.(invoker)
	return accept(socket, func(conn net.Conn) {
		defer conn.Close()
		in, out := json.NewDecoder(conn), json.NewEncoder(conn)
		for {
			var r Request
			if err := in.Decode(&r); err != nil {
				return
			}
			if err := out.Encode(invoke(module, r)); err != nil {
				return
			}
		}
	})
}

func invoke(module invoker, r Request) (done Response) {
	text, err := json.Marshal(r)
	if err == nil {
		text, err = module.Invoke(text)
	}
	if err == nil {
		err = json.Unmarshal(text, &done)
	}
	if err != nil {
		return Response{Errors: []string{err.Error()}, Metadata: json.RawMessage(`{}`), Data: json.RawMessage(`null`)}
	}
	return done
}

// dialLines calls the naive host.
func dialLines(socket string, r Request) (measure.Caller, error) {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return measure.Caller{}, err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return measure.Caller{}, err
	}
	text = append(text, '\n')
	in := bufio.NewReaderSize(conn, 64<<10)
	var first []byte // of the response
	return measure.Caller{Call: func() error {
		if _, err := conn.Write(text); err != nil {
			return err
		}
		size := 0
		for {
			part, err := in.ReadSlice('\n')
			if size == 0 {
				first = append(first[:0], part[:min(len(part), 300)]...)
			}
			size += len(part)
			if err == nil {
				break
			}
			if err != bufio.ErrBufferFull {
				return err
			}
		}
		if !bytes.HasPrefix(first, []byte(`{"status":1,`)) || size < r.Args.Bytes {
			return fmt.Errorf("the call failed: %s", first)
		}
		return nil
	}, End: func() { conn.Close() }}, nil
}

type netRPCPlugin struct{}

func (*netRPCPlugin) Server(*plugin.MuxBroker) (any, error) { return &netRPCServer{local{}}, nil }

func (*netRPCPlugin) Client(_ *plugin.MuxBroker, c *rpc.Client) (any, error) {
	return netRPCClient{c}, nil
}

type netRPCServer struct{ module invoker }

// Invoke has the form that net/rpc wants.
func (s *netRPCServer) Invoke(text []byte, result *[]byte) (err error) {
	*result, err = s.module.Invoke(text)
	return err
}

type netRPCClient struct{ client *rpc.Client }

func (c netRPCClient) Invoke(text []byte) (result []byte, err error) {
	err = c.client.Call("Plugin.Invoke", text, &result)
	return result, err
}

type grpcPlugin struct{ plugin.NetRPCUnsupportedPlugin }

func (*grpcPlugin) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	s.RegisterService(&service, local{})
	return nil
}

func (*grpcPlugin) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, c *grpc.ClientConn) (any, error) {
	return grpcClient{c}, nil
}

// serviceName and method name the one unary method of the services on gRPC and ttrpc.
const serviceName, method = "bench.Module", "Invoke"

// service is what protoc would write for one unary method with bytes.
var service = grpc.ServiceDesc{ServiceName: serviceName, HandlerType: (*invoker)(nil),
	Methods: []grpc.MethodDesc{{MethodName: method, Handler: handleInvoke}}}

func handleInvoke(server any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
	var in wrapperspb.BytesValue
	if err := decode(&in); err != nil {
		return nil, err
	}
	result, err := server.(invoker).Invoke(in.Value)
	return wrapperspb.Bytes(result), err
}

type grpcClient struct{ conn *grpc.ClientConn }

func (c grpcClient) Invoke(text []byte) ([]byte, error) {
	var out wrapperspb.BytesValue
	err := c.conn.Invoke(context.Background(), "/"+serviceName+"/"+method, wrapperspb.Bytes(text), &out)
	return out.Value, err
}
