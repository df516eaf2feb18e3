// Package session is the door for LiveAPI callers: it answers the requests of one
// caller on a byte stream, strictly in order (W3), whether they are calls of a
// module's function, tags of old pages (U §9), or the end.
//
// Whose session it is, the one who made the stream says: package unix by the
// kernel's word (W17), a pipe's host for itself. It is not a socket and not a
// protocol: frames, requests and replies are protocol/liveapi's, envelopes are
// protocol/uapi's, the language of tags is protocol/tags'.
package session
