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

// The caller's half of the wire; [Reader], [ParseRequest] and [Writer] are the host's.

// Call is one call of a function, as a caller sends it.
type Call struct {
	Module, Function string              // by W16; for WHM1 Module is ""
	API              protocol.APIVersion // UAPI, API2, API1 or WHM1
	Args             json.RawMessage     // one JSON value that is valid by W14; nil: no arguments
}

// AppendCall appends the frame of a call (W4, W5). It makes the arguments compact and
// escapes <, > and &, so that no reader mistakes a text for a tag. It fails only for
// arguments that are not one JSON value in valid UTF-8, or are nested too deep: one
// level less than W14 allows, since the call is an object around them.
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
// limit bytes, from in, which reads the same stream. It reads while it sends, since a
// host that refuses a frame replies before it has read the whole frame (W13). On an
// error Exchange closes the stream.
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
	body, err := ReadReply(in, nil, limit)
	if err == nil {
		return body, nil
	}
	stream.Close()
	if sending := <-sent; sending != nil && !errors.Is(sending, net.ErrClosed) && !errors.Is(sending, io.ErrClosedPipe) {
		return nil, fmt.Errorf("send the call: %w", sending)
	}
	return nil, err
}

// roomInSocket is how many bytes a write to a unix socket takes without a reader.
const roomInSocket = 32 << 10

// ReadReply reads one reply of at most limit bytes, its frame included, and returns
// its JSON (W7), in the memory of buf if it fits. After an error the stream cannot be
// used again.
func ReadReply(in *bufio.Reader, buf []byte, limit int) ([]byte, error) {
	line, err := replyLine(in, buf[:0], limit)
	if err != nil {
		return nil, fmt.Errorf("the host sent no reply: %w", err)
	}
	declared := string(line) == "<?xml version=\"1.0\" ?>\n"
	if line, err = replyLine(in, line[:0], limit); err != nil {
		return nil, fmt.Errorf("cannot read the rest of the host's reply: %w", err)
	}
	body, opens := bytes.CutPrefix(line, []byte("<cpanelresult>"))
	body, closes := bytes.CutSuffix(body, []byte("</cpanelresult>\n"))
	if !declared || !opens || !closes {
		return nil, errors.New("this is not a LiveAPI reply (W7); check which program listens on the socket")
	}
	return body, nil
}

// replyLine reads one line of at most limit bytes and appends it to line.
func replyLine(in *bufio.Reader, line []byte, limit int) ([]byte, error) {
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > limit {
			return nil, fmt.Errorf("it is longer than %d bytes", limit)
		}
		if len(line)+len(part) > cap(line) {
			line = slices.Grow(line, max(len(part), cap(line))) // a long line is copied as it doubles
		}
		line = append(line, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			return nil, errors.New("it closed the connection")
		}
		return line, err
	}
}
