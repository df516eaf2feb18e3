// Package liveapi is the caller's wire: the bytes between a LiveAPI caller (a
// PHP, Perl, Python, Node or Go program) and the host. Its rules are numbered
// W1 to W17; comments, errors and tests cite them.
//
// A session is a stream of frames in and a stream of replies out:
//
//	r := liveapi.NewReader(conn, liveapi.Limits{Phase: setDeadline})
//	w := liveapi.NewWriter(conn, 0)
//	for {
//		frame, err := r.Next()             // W4, W12, W13
//		...
//		req, err := liveapi.ParseRequest(frame.Payload) // W5, W6, W14, W16
//		...
//		err = w.Reply(envelope)            // W7, W8, W10, W11, W15
//	}
//
// There are three kinds of failure. A [*FramingError] means that the start of
// the next frame is unknown: send one error reply, then close (W13). A
// [*RequestError] means that one payload cannot be read: send an error reply
// and go on. A [*ReadError] means that the stream itself failed, timed out or
// ended inside a frame: no reply can be sent. A clean end between frames is
// [io.EOF].
//
// The package uses no clock, no account (W17) and no module. It does no I/O
// except on its reader and its writer, and starts no goroutine. Neither a Reader
// nor a Writer is safe for concurrent use: one session has one of each (W3, W11).
// Package uapi makes the JSON inside a reply.
//
// This is the hot path of the host. Reading a frame, parsing an action and
// writing a reply allocate nothing once their buffers exist, and arguments are
// passed on as the bytes that arrived.
package liveapi
