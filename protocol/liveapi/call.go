package liveapi

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"

	"liveapi.host/protocol"
	"liveapi.host/protocol/internal/jsontext"
)

// The caller's half of the wire: what [Reader], [ParseRequest] and [Writer] are at
// the host's end.

// Call is one call of a function, as a caller sends it.
type Call struct {
	Module, Function string              // by W16; of WHM1 Module is ""
	API              protocol.APIVersion // UAPI, API2, API1 or WHM1
	Args             json.RawMessage     // one JSON value that keeps W14; nil: no arguments
}

// AppendCall appends the frame of a call (W4, W5), with its arguments compact and
// without <, > and &, so that no reader takes a text for a tag. It
// fails only for arguments that are not one JSON value in valid UTF-8, nested at most
// one level less deep than W14 allows, since the call is an object around them.
func AppendCall(dst []byte, c Call) ([]byte, error) {
	args := c.Args
	if len(args) == 0 {
		args = noArgs
	}
	version := "1"
	switch c.API {
	case protocol.UAPI:
		version = "uapi"
	case protocol.API2:
		version = "2"
	case protocol.WHM1:
		version = "whm1"
	}
	const room = len("4294967295\n") // for the length line, which is known at the end
	base := len(dst)
	out := slices.Grow(dst, room+len(actionOpen)+len(actionClose)+len(c.Module)+len(c.Function)+len(args)+100)
	out = append(out[:base+room], actionOpen+`{"module":`...)
	out = jsontext.AppendString(out, c.Module)
	out = jsontext.AppendString(append(out, `,"func":`...), c.Function)
	out = append(append(append(out, `,"reqtype":"exec","apiversion":"`...), version...), `","args":`...)
	w := jsontext.Walker{Src: args, Dst: out, Depth: MaxDepth - 1, Mode: jsontext.Copy | jsontext.Escape | jsontext.Strict}
	if !w.Whole() {
		return dst, fmt.Errorf("the arguments of the call, at byte %d: %s", w.At, w.Reason)
	}
	out = append(w.Dst, "}"+actionClose...)
	line := append(strconv.AppendInt(out[base:base], int64(len(out)-base-room), 10), '\n')
	return append(out[:base+len(line)], out[base+room:]...), nil
}

var noArgs = json.RawMessage("{}")

// Exchange sends the frame of a call on a stream and reads its reply, of at most
// limit bytes, from in, which reads the same stream. It sends while it reads: a host
// that refuses a frame says why, and reads no more of it (W13). After an error the
// stream is out of step, and closed.
func Exchange(stream io.ReadWriteCloser, in *bufio.Reader, frame []byte, limit int) ([]byte, error) {
	sent := make(chan error, 1)
	send := func() {
		_, err := stream.Write(frame)
		sent <- err
	}
	if _, socket := stream.(*net.UnixConn); socket && len(frame) <= roomInSocket {
		send()
	} else {
		go send()
	}
	body, err := ReadReply(in, limit)
	if err == nil {
		return body, nil
	}
	stream.Close()
	if sending := <-sent; sending != nil && !errors.Is(sending, net.ErrClosed) && !errors.Is(sending, io.ErrClosedPipe) {
		return nil, fmt.Errorf("send the call: %w", sending)
	}
	return nil, err
}

// roomInSocket is what fits into a unix socket without its reader, in bytes.
const roomInSocket = 32 << 10

// ReadReply reads one reply of at most limit bytes, its frame included, and returns
// its JSON (W7). After an error the stream is out of step.
func ReadReply(in *bufio.Reader, limit int) ([]byte, error) {
	first, err := replyLine(in, limit)
	if err != nil {
		return nil, fmt.Errorf("the host gave no answer: %w", err)
	}
	line, err := replyLine(in, limit)
	if err != nil {
		return nil, fmt.Errorf("the host's answer breaks off: %w", err)
	}
	body, opens := bytes.CutPrefix(line, []byte("<cpanelresult>"))
	body, closes := bytes.CutSuffix(body, []byte("</cpanelresult>\n"))
	if string(first) != "<?xml version=\"1.0\" ?>\n" || !opens || !closes {
		return nil, errors.New("the host's answer is no LiveAPI reply (W7); what listens on its socket?")
	}
	return body, nil
}

// replyLine reads up to a line feed, and no more than limit.
func replyLine(in *bufio.Reader, limit int) (line []byte, err error) {
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > limit:
			return nil, fmt.Errorf("it is longer than %d bytes", limit)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			return nil, errors.New("it closed the connection")
		}
		return line, err
	}
}
