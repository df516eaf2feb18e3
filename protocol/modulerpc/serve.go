package modulerpc

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc"

	"liveapi.host/protocol"
	"liveapi.host/protocol/modulerpc/internal/pb"
)

// Serve makes m the service of this program and returns when the host has
// gone or asks for the end. It belongs at the end of main, in a program that
// [Launched] says a host has started; log is the one of [NewLogger]. From here
// on os.Stdout leads to the host's log.
func Serve(m protocol.Module, log hclog.Logger) {
	s := &server{module: m, log: log, over: make(chan struct{})}
	s.socket = inheritedLane()
	go func() {
		<-s.over
		os.Exit(0) // the host has closed the link: nobody is left to work for
	}()
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: handshake(),
		Plugins:         plugin.PluginSet{pluginName: modulePlugin{server: s}},
		Logger:          log,
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(opts, grpc.MaxRecvMsgSize(maxFrame), grpc.MaxSendMsgSize(maxFrame))...)
		},
	})
}

// inheritedLane takes the descriptor that the host has passed on, if any, and
// removes its trace so that a grandchild does not believe it has one.
func inheritedLane() socket {
	fd, err := strconv.Atoi(os.Getenv(EnvLaneFD))
	os.Unsetenv(EnvLaneFD)
	if err != nil || fd < 3 {
		return nil
	}
	var stat unix.Stat_t
	if unix.Fstat(fd, &stat) != nil || stat.Mode&unix.S_IFMT != unix.S_IFSOCK {
		return nil // the stream does as well
	}
	unix.CloseOnExec(fd)
	unix.SetNonblock(fd, false)
	return os.NewFile(uintptr(fd), "lane")
}

// server is the module's side: it runs calls and carries their requests to the host.
type server struct {
	pb.UnimplementedModuleServer
	module protocol.Module
	log    hclog.Logger
	socket socket // the lane that was inherited and is not in use yet; or nil

	ending sync.Once
	over   chan struct{}
}

// Describe implements pb.ModuleServer. Agreeing to a lane starts to read it.
func (s *server) Describe(ctx context.Context, request *pb.DescribeRequest) (*pb.DescribeResponse, error) {
	manifests, err := s.module.Describe(ctx)
	if err != nil {
		return nil, fmt.Errorf("describe the module: %w", err)
	}
	response := new(pb.DescribeResponse)
	if response.Manifests, err = manifestsToWire(manifests); err != nil {
		return nil, err
	}
	if s.socket != nil && request.Lane >= laneVersion {
		response.Lane = laneVersion
		l := newLane(s.socket)
		s.socket = nil
		go newSession(s, l).run()
	}
	return response, nil
}

// Session implements pb.ModuleServer.
func (s *server) Session(link grpc.BidiStreamingServer[pb.Frame, pb.Frame]) error {
	newSession(s, &served{BidiStreamingServer: link}).run()
	return nil
}

// end is called when a link to the host is gone.
func (s *server) end() { s.ending.Do(func() { close(s.over) }) }

// session serves the calls of one link.
type session struct {
	*server
	link link

	// On a lane the goroutine that reads also runs the functions, which saves
	// a switch for each call. watch passes the reading on when one of them
	// takes long. Both are nil on a stream.
	lane  *lane
	watch *watchdog

	// waitsSince is when the oldest response that waits for a flush was queued;
	// zero when none waits. It belongs to the goroutine that reads.
	waitsSince time.Time

	mu      sync.Mutex
	calls   map[uint32]*serving
	pending map[uint32]chan *pb.Frame // this side's own requests
	next    uint32
}

func newSession(s *server, l link) *session {
	n := &session{server: s, link: l, calls: make(map[uint32]*serving), pending: make(map[uint32]chan *pb.Frame)}
	if lane, ok := l.(*lane); ok {
		n.lane, n.watch = lane, newWatchdog(s.over)
	}
	return n
}

// run reads until the link ends, or until the function that it is running has
// had the reading passed on.
func (s *session) run() {
	for {
		s.release()
		f, err := s.link.recv()
		if err != nil {
			s.end()
			return
		}
		switch body := f.Body.(type) {
		case *pb.Frame_Invoke:
			c := s.begin(f.Id, body.Invoke)
			if s.lane == nil {
				go func() { c.respond(c.run()) }()
			} else if !c.runInline() {
				return
			}
		case *pb.Frame_Cancel:
			s.cancel(f.Id)
		case *pb.Frame_Ping:
			s.link.send(&pb.Frame{Id: f.Id, Body: &pb.Frame_Pong{Pong: &pb.Pong{}}})
		default:
			s.deliver(f)
		}
	}
}

// release lets the responses that wait for others leave before the next read
// could wait, whatever kind of frame came last.
func (s *session) release() {
	if s.lane != nil && !s.waitsSince.IsZero() && !s.lane.more() {
		s.waitsSince = time.Time{}
		s.lane.flush(false) // a broken lane ends the next read
	}
}

func (s *session) begin(id uint32, invoke *pb.Invoke) *serving {
	deadline := time.Now().Add(time.Duration(min(invoke.TimeoutUs, uint64(time.Hour/time.Microsecond))) * time.Microsecond)
	c := &serving{session: s, id: id, ctx: callContext{deadline: deadline}}
	c.call = protocol.Call{
		ID:       protocol.CallID(invoke.CallId),
		Account:  invoke.Account,
		Module:   invoke.Module,
		Function: invoke.Function,
		API:      protocol.APIVersion(invoke.Api),
		Args:     invoke.Args,
		Deadline: deadline,
		Host:     c,
	}
	s.mu.Lock()
	s.calls[id] = c
	s.mu.Unlock()
	return c
}

func (s *session) cancel(id uint32) {
	s.mu.Lock()
	c := s.calls[id]
	s.mu.Unlock()
	if c != nil {
		c.ctx.cancel(context.Canceled)
	}
}

// deliver hands the host's response to the request that waits for it.
func (s *session) deliver(f *pb.Frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ch := s.pending[f.Id]; ch != nil {
		delete(s.pending, f.Id)
		ch <- f // has room for it
	}
}
