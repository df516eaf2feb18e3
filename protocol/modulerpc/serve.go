package modulerpc

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
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
		os.Exit(0) // the host has closed the link
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
// removes it from the environment, which children of this process inherit. Without a
// usable descriptor the stream is used.
func inheritedLane() socket {
	fd, err := strconv.Atoi(os.Getenv(EnvLaneFD))
	os.Unsetenv(EnvLaneFD)
	if err != nil || fd < 3 {
		return nil
	}
	var stat unix.Stat_t
	if unix.Fstat(fd, &stat) != nil || stat.Mode&unix.S_IFMT != unix.S_IFSOCK {
		return nil
	}
	lane, err := newInherited(fd)
	if err != nil {
		return nil
	}
	return lane
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

// Describe implements pb.ModuleServer. If both sides use a lane, it starts to read it.
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
//
// The process mostly uses one processor ([processors]). On a stream each call has a
// goroutine. On a lane the goroutine that reads also runs the function, which saves a
// switch for each call. Before that it puts a spare goroutine into the run queue: on
// one processor the spare runs exactly when the function waits (or has computed for
// 10 ms), and then reads in its place. Calls that arrive while a function reads the
// host's response itself ([serving.ask]) get goroutines of their own.
type session struct {
	*server
	link link
	lane *lane // the same link when it is a lane, else nil

	processors *processors
	inTurn     atomic.Pointer[serving] // the call that last began in the goroutine that reads
	armed      atomic.Bool             // a spare goroutine is in the run queue
	spare      func()                  // relieve, as a value that is made once

	// waitsSince is when the oldest response that is not flushed was queued; zero if
	// all are flushed. It belongs to the goroutine that reads.
	waitsSince time.Time

	mu      sync.Mutex
	calls   map[uint32]*serving
	pending map[uint32]*request // this side's own requests
	next    uint32
}

func newSession(s *server, l link) *session {
	n := &session{
		server: s, link: l, processors: newProcessors(),
		calls: make(map[uint32]*serving), pending: make(map[uint32]*request),
	}
	n.spare = n.relieve
	if lane, ok := l.(*lane); ok {
		n.lane = lane
	}
	return n
}

// run reads until the link ends, or until another goroutine has taken over the
// reading from the function that this one was running.
func (s *session) run() {
	for {
		f, err := s.read(0)
		if err != nil {
			return
		}
		if f.invoke == nil {
			s.handle(f)
			continue
		}
		if c := s.begin(f); s.lane == nil {
			go c.runAside()
		} else if !c.runInTurn() {
			return
		}
	}
}

// read returns the next frame. On a lane, before it may wait, it writes what is queued
// and lets every runnable goroutine run. own is the number of calls that the reading
// goroutine itself serves (0 or 1).
func (s *session) read(own int) (frame, error) {
	if s.lane != nil && !s.lane.more() {
		s.flush()
		runtime.Gosched()
		s.mu.Lock()
		s.lane.block = len(s.calls) <= own
		s.mu.Unlock()
	}
	f, err := s.link.recv()
	if err != nil {
		s.end()
	}
	return f, err
}

// flush writes the responses that were queued to be written together.
func (s *session) flush() {
	if !s.waitsSince.IsZero() {
		s.waitsSince = time.Time{}
		s.lane.flush(false) // a broken lane ends the next read
	}
}

// handle handles a frame without waiting for the end of a function.
func (s *session) handle(f frame) {
	if f.invoke != nil {
		go s.begin(f).runAside()
		return
	}
	switch f.other.GetBody().(type) {
	case *pb.Frame_Cancel:
		s.cancel(f.id)
	case *pb.Frame_Ping:
		s.link.send(message(&pb.Frame{Id: f.id, Body: &pb.Frame_Pong{Pong: &pb.Pong{}}}))
	default:
		s.deliver(f)
	}
}

func (s *session) begin(f frame) *serving {
	now := time.Now()
	c := &serving{session: s, id: f.id, call: *f.invoke, with: f.with}
	c.call.Deadline = now.Add(f.timeout)
	c.call.Host = c
	c.ctx.deadline = c.call.Deadline
	s.processors.begin(now)
	s.mu.Lock()
	s.calls[c.id] = c
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
