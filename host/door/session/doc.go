// Package session is the door for LiveAPI callers: it serves the requests of one
// caller on a byte stream, strictly in order (W3): calls of a module's function,
// tags of old pages (U §9), and the end of the session.
//
// The code that opened the stream also says who the caller is: package unix asks
// the kernel (W17); a host on a pipe serves its own user. This package has no
// socket and no protocol of its own: protocol/liveapi has frames, requests and
// replies, protocol/uapi the envelopes, protocol/tags the language of tags.
package session
