package modulerpc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc"

	"liveapi.host/protocol"
	"liveapi.host/protocol/modulerpc/internal/pb"
)

// Config says how to start a module process.
type Config struct {
	Path string   // the program's file
	Args []string // its arguments, without its name
	Env  []string // its environment, to which only what the protocol needs is added; nothing is inherited

	Log    hclog.Logger // for the module's log, and for starts and ends; nil: no log
	NoLane bool         // use the gRPC stream even when the module offers a lane

	// TempDir is a private folder (0700) for the module's socket. The socket's name is
	// removed as soon as it is connected. The path must be short, because a socket's
	// path has at most 107 bytes. "": the system's folder.
	TempDir string

	StartTimeout time.Duration // until the handshake; 0: 10 s
	StopTimeout  time.Duration // between SIGTERM and SIGKILL; 0: 1 s
}

// Process is one life of one module process. It implements protocol.Module.
type Process struct {
	path      string
	addr      net.Addr // the module's socket
	client    *plugin.Client
	runner    *runner
	conn      *conn
	manifests []protocol.Manifest
	prefetch  map[signature]protocol.Prefetch // of the functions that want something
	log       hclog.Logger

	probing sync.Mutex // held while a ping is under way
	end     context.CancelFunc
	closed  sync.Once
}

// Start runs the program and waits until it is ready to be called. Its errors
// name the file; they are *protocol.Error of CodeUnavailable.
func Start(ctx context.Context, cfg Config) (*Process, error) {
	if cfg.Log == nil {
		cfg.Log = hclog.NewNullLogger()
	}
	if cfg.StartTimeout == 0 {
		cfg.StartTimeout = 10 * time.Second
	}
	if cfg.StopTimeout == 0 {
		cfg.StopTimeout = time.Second
	}
	p := &Process{path: cfg.Path, log: cfg.Log}
	if err := p.start(ctx, cfg); err != nil {
		return nil, protocol.Errorf(protocol.CodeUnavailable, "the module process %s could not be started: %s", cfg.Path,
			p.startProblem(err))
	}
	return p, nil
}

func (p *Process) start(ctx context.Context, cfg Config) error {
	if err := executable(cfg.Path); err != nil {
		return err
	}
	var ours net.Conn
	var theirs *os.File
	if !cfg.NoLane {
		var err error
		if ours, theirs, err = lanePair(); err != nil {
			return err
		}
	}
	p.client = p.newClient(cfg, theirs)
	if err := p.connect(ctx, cfg, ours); err != nil {
		p.Close()
		if ours != nil {
			ours.Close()
		}
		return err
	}
	go func() {
		<-p.runner.exited // the link may not show it: on a lane nobody reads while no call runs
		if !p.runner.stopping.Load() {
			p.log.Error("a module process has ended", "file", p.path, "pid", p.Pid(), "status", p.runner.cmd.ProcessState.String())
		}
		p.conn.fail(fmt.Errorf("it ended: %s", p.runner.cmd.ProcessState))
	}()
	return nil
}

// executable returns clearer errors than execve does.
func executable(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("it is not a regular file")
	case info.Mode()&0o111 == 0:
		return fmt.Errorf("it is not executable; run: chmod +x %s", path)
	}
	return nil
}

func (p *Process) newClient(cfg Config, lane *os.File) *plugin.Client {
	output := newStray(cfg.Log, cfg.Path, "standard output")
	return plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: handshake(),
		VersionedPlugins: map[int]plugin.PluginSet{
			protocolVersion:     {pluginName: hostPlugin{}},
			protocolVersion - 1: {}, // listed only so that such a module gets a clear error
		},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		SkipHostEnv:      true,
		Logger:           cfg.Log,
		SyncStdout:       output,
		SyncStderr:       newStray(cfg.Log, cfg.Path, "standard error"),
		StartTimeout:     cfg.StartTimeout,
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: cfg.TempDir},
		GRPCDialOptions:  append(messageBounds(), grpc.WithContextDialer(p.dial)),
		RunnerFunc:       p.newRunner(cfg, lane),
	})
}

// connect starts the process, asks for its manifests and opens the link.
func (p *Process) connect(ctx context.Context, cfg Config, lane net.Conn) error {
	var err error
	if p.addr, err = p.client.Start(); err != nil {
		return err
	}
	if spoken := p.client.NegotiatedVersion(); spoken != protocolVersion {
		return fmt.Errorf("it speaks version %d of the modules' protocol, and this host speaks %d; rebuild it with the SDK of this "+
			"version of liveapi", spoken, protocolVersion)
	}
	rpc, err := p.client.Client()
	if err != nil {
		return err
	}
	stub, err := rpc.Dispense(pluginName)
	if err != nil {
		return err
	}
	module := stub.(pb.ModuleClient)

	described, cancel := context.WithTimeout(ctx, describeTimeout)
	defer cancel()
	request := new(pb.DescribeRequest)
	if lane != nil {
		request.Lane = laneVersion
	}
	response, err := module.Describe(described, request)
	if err != nil {
		return fmt.Errorf("it did not describe itself: %w", err)
	}
	if p.manifests, err = manifestsFromWire(response.Manifests); err != nil {
		return err
	}
	if p.prefetch, err = prefetches(p.manifests); err != nil {
		return err
	}
	return p.link(module, lane, response.Lane)
}

func (p *Process) link(module pb.ModuleClient, lane net.Conn, version uint32) error {
	ctx, cancel := context.WithCancel(context.Background())
	p.end = cancel
	if lane != nil && version == laneVersion {
		p.conn = newConn(newLane(lane), p.probe, p.kill)
		go func() { <-ctx.Done(); lane.Close() }()
		return nil
	}
	if lane != nil {
		lane.Close()
	}
	s, err := module.Session(ctx)
	if err != nil {
		cancel()
		return fmt.Errorf("it did not open a session: %w", err)
	}
	p.conn = newConn(&stream{BidiStreamingClient: s}, p.probe, p.kill)
	return nil
}

// dial connects to the module's socket, checks that our child listens there, and
// removes the socket's name. So nobody else can connect, and a host that is killed
// leaves no socket.
func (p *Process) dial(ctx context.Context, _ string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, p.addr.Network(), p.addr.String())
	if err != nil {
		return nil, err
	}
	if unixConn, ok := conn.(*net.UnixConn); ok {
		if err := p.checkPeer(unixConn); err != nil {
			conn.Close()
			return nil, err
		}
		os.Remove(p.addr.String())
	}
	return conn, nil
}

func (p *Process) checkPeer(conn *net.UnixConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var peer *unix.Ucred
	var failure error
	err = raw.Control(func(fd uintptr) {
		peer, failure = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err = errors.Join(err, failure); err != nil {
		return fmt.Errorf("ask the kernel who listens: %w", err)
	}
	if child := p.runner.cmd.Process.Pid; int(peer.Pid) != child {
		return fmt.Errorf("process %d listens on the socket that our child %d should have", peer.Pid, child)
	}
	return nil
}

// Path is the file that the process runs.
func (p *Process) Path() string { return p.path }

// Pid is the number of the process.
func (p *Process) Pid() int { return p.runner.cmd.Process.Pid }

// Lane reports whether calls travel on the lane.
func (p *Process) Lane() bool { return p.conn.lane != nil }

// Done is closed when the process has ended, for whatever reason.
func (p *Process) Done() <-chan struct{} { return p.runner.exited }

// Describe implements protocol.Module. It does not ask the process again.
func (p *Process) Describe(context.Context) ([]protocol.Manifest, error) { return p.manifests, nil }

// Invoke implements protocol.Module. Its errors are *protocol.Error:
// CodeUnavailable when the call has not been sent, CodeUnknown when it has and
// no response came, otherwise the module's own.
func (p *Process) Invoke(ctx context.Context, call *protocol.Call) (*protocol.Result, error) {
	w := &waiter{call: call, deadline: call.Deadline, request: frame{invoke: call}}
	if want, ok := p.prefetch[signature{call.Module, call.Function, call.API}]; ok && call.Host != nil {
		services := &callContext{deadline: call.Deadline}
		w.request.with = prefetch(services, call, want)
		services.cancel(context.Canceled)
	}
	w.request.timeout = time.Until(call.Deadline)
	response, err := p.conn.roundTrip(ctx, w)
	if err != nil {
		return nil, err
	}
	if response.result != nil {
		return response.result, nil
	}
	if err := responseError(response); err != nil {
		return nil, err
	}
	return nil, &protocol.Error{Code: protocol.CodeUnknown, Text: "the module's response is neither a result nor an error"}
}

// probe pings a module that missed a deadline. If it does not respond to the ping
// either, it is killed, and the next call starts it again.
func (p *Process) probe() {
	if !p.probing.TryLock() {
		return
	}
	go func() {
		defer p.probing.Unlock()
		ping := &waiter{deadline: time.Now().Add(pingTimeout), request: message(&pb.Frame{Body: &pb.Frame_Ping{Ping: &pb.Ping{}}})}
		_, err := p.conn.roundTrip(context.Background(), ping)
		if err != nil {
			p.log.Error("a module process does not respond and is killed", "file", p.path, "pid", p.Pid())
			p.kill()
		}
	}()
}

// kill ends a process that does not work any more.
func (p *Process) kill() { p.runner.signal(unix.SIGKILL) }

// Close stops the process: SIGTERM to its group, a bounded wait, SIGKILL.
// Calls in flight fail. It returns once the process is gone, and is safe to
// call more than once.
func (p *Process) Close() error {
	var err error
	p.closed.Do(func() {
		if p.runner != nil && p.runner.cmd.Process != nil {
			err = p.runner.Kill(context.Background())
		}
		if p.end != nil {
			p.end()
		}
		if err == nil {
			p.client.Kill() // it has no deadline; the process is gone, so it returns at once
		}
	})
	return err
}
