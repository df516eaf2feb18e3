// Package jsontext walks JSON texts (RFC 8259): it checks one, and copies it
// compact and repaired where that is asked for. It is what packages liveapi and
// uapi share below their own rules, so that what one accepts the other can send.
//
// It builds no values: encoding/json does that for who needs them. It knows no
// member's meaning, no frame and no envelope.
package jsontext
