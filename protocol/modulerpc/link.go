package modulerpc

import (
	"sync"

	"google.golang.org/grpc"

	"liveapi.host/protocol/modulerpc/internal/pb"
)

// link carries frames between the two sides. An error of send or recv is
// final, except one that matches os.ErrDeadlineExceeded.
type link interface {
	send(frame) error     // safe for concurrent use; may return before the bytes are written
	recv() (frame, error) // by one goroutine at a time
}

// stream is the portable link: one bidirectional gRPC stream.
type stream struct {
	grpc.BidiStreamingClient[pb.Frame, pb.Frame]
	mu sync.Mutex // gRPC allows one sender at a time
}

func (s *stream) send(f frame) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Send(f.toWire())
}

func (s *stream) recv() (frame, error) { return received(s.Recv()) }

// served is the module's end of a stream.
type served struct {
	grpc.BidiStreamingServer[pb.Frame, pb.Frame]
	mu sync.Mutex
}

func (s *served) send(f frame) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Send(f.toWire())
}

func (s *served) recv() (frame, error) { return received(s.Recv()) }

func received(f *pb.Frame, err error) (frame, error) {
	if err != nil {
		return frame{}, err
	}
	return frameFromWire(f), nil
}
