package liveapi

import (
	"bytes"
	"encoding/json"
	"fmt"

	"liveapi.host/protocol"
	"liveapi.host/protocol/internal/jsontext"
)

// EnableTag is the payload that switches replies to JSON (W5).
const EnableTag = `<cpaneljson enable="1">`

// What surrounds the other payloads of W5.
const (
	actionOpen  = "<cpanelaction>"
	actionClose = "</cpanelaction>"
	tagOpen     = "<cpanel "
	tagValue    = `="`
	tagClose    = `">`
)

// Kind is what a payload asks for.
type Kind uint8

// The payloads of W5.
const (
	KindUnknown  Kind = iota // no payload of W5; always with an error
	KindJSON                 // <cpaneljson enable="1">; the reply is EnabledReply
	KindShutdown             // the end of the session; the reply is ShutdownReply
	KindAction               // <cpanelaction> with JSON
	KindPrint                // <cpanel print="EXPR">
	KindSetvar               // <cpanel setvar="name=value">
	KindTag                  // <cpanel Module="function(args)">, a call of API 1
)

// String is the kind's name, for logs.
func (k Kind) String() string {
	names := [...]string{"unknown", "json", "shutdown", "action", "print", "setvar", "tag"}
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// ReqType is the member reqtype of an action (W5).
type ReqType uint8

// The request types of W5.
const (
	Exec    ReqType = iota // run a function; also when the member is absent
	If                     // is the expression in Args true?
	Feature                // does the account have the feature named in Args?
)

// Request is one parsed payload. Its slices are parts of the payload where possible,
// so they are valid as long as the payload is; a lookup such as
// table[string(req.Module)] does not allocate.
type Request struct {
	Kind    Kind
	ReqType ReqType             // of an action
	API     protocol.APIVersion // of an action or a tag; never 0 when there is no error

	// Module and Function match W16, with two exceptions. Module is "print" or
	// "langprint" with Exec and API 1, "if" with If, and "feature" with Feature;
	// Function is then what the caller sent. With WHM1 Module is empty. After an
	// error each of them holds its name if that was read before the error and is
	// valid, else nil.
	Module, Function []byte

	// Args is an action's arguments: one JSON object, array or string that
	// valid by W14, as the caller wrote it; nil when absent or null.
	Args json.RawMessage

	// Text is a tag's content: the expression of KindPrint, name=value of
	// KindSetvar, the text between the parentheses of KindTag.
	Text []byte
}

// IsCall reports whether the request is an action that runs a module's function. The
// host itself serves the other actions (print, langprint, if, feature).
func (r *Request) IsCall() bool {
	return r.Kind == KindAction && r.ReqType == Exec && string(r.Module) != "print" && string(r.Module) != "langprint"
}

// RequestError says why a payload cannot be read. The session goes on after it
// (W13).
type RequestError struct {
	Rule   string // such as "W14"
	Offset int    // in bytes, from the start of the payload
	Reason string // what is wrong and what to do; never anything that the caller sent
}

// Error is fit for the caller and for the log.
func (e *RequestError) Error() string {
	return fmt.Sprintf("request refused (%s) at byte %d: %s", e.Rule, e.Offset, e.Reason)
}

// ParseRequest reads one payload. It allocates only for a name that the caller
// has written with escapes, and for an object of more than a few members.
//
// An error is a [*RequestError]; the Request then holds what the error reply needs
// (W10).
func ParseRequest(payload []byte) (Request, error) {
	if err := checkUTF8(payload); err != nil {
		return Request{}, err
	}
	start, end := 0, len(payload)
	for start < end && jsontext.IsSpace(payload[start]) {
		start++
	}
	for end > start && jsontext.IsSpace(payload[end-1]) {
		end--
	}
	body := payload[start:end]
	switch {
	case hasPrefix(body, actionOpen):
		if len(body) < len(actionOpen)+len(actionClose) || string(body[len(body)-len(actionClose):]) != actionClose {
			return Request{Kind: KindAction}, &RequestError{"W5", end, "the payload must end with " + actionClose}
		}
		return parseAction(payload[:end-len(actionClose)], start+len(actionOpen))
	case string(body) == EnableTag:
		return Request{Kind: KindJSON}, nil
	case string(body) == ShutdownTag:
		return Request{Kind: KindShutdown}, nil
	case len(body) == 0:
		return Request{}, &RequestError{"W5", 0, "the payload is empty; send an action or a tag"}
	}
	return parseTag(body, start)
}

func hasPrefix(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && string(b[:len(prefix)]) == prefix
}

// parseTag reads <cpanel name="value">; offset is where the tag begins.
func parseTag(tag []byte, offset int) (Request, error) {
	if !hasPrefix(tag, tagOpen) || !bytes.HasSuffix(tag, []byte(tagClose)) {
		return Request{}, unknownTag(offset)
	}
	inner := tag[len(tagOpen) : len(tag)-len(tagClose)]
	name, value, ok := bytes.Cut(inner, []byte(tagValue))
	if !ok {
		return Request{}, unknownTag(offset)
	}
	switch string(name) {
	case "print":
		return Request{Kind: KindPrint, API: protocol.API1, Module: name, Text: value}, nil
	case "setvar":
		if bytes.IndexByte(value, '=') < 1 {
			return Request{Kind: KindSetvar, API: protocol.API1},
				&RequestError{"W5", offset, `a setvar tag must have the form <cpanel setvar="name=value">`}
		}
		return Request{Kind: KindSetvar, API: protocol.API1, Text: value}, nil
	}
	function, args, ok := bytes.Cut(value, []byte("("))
	if !ok || !bytes.HasSuffix(args, []byte(")")) {
		return Request{}, unknownTag(offset)
	}
	req := Request{Kind: KindTag, API: protocol.API1, Module: name, Function: function, Text: args[:len(args)-1]}
	if rejected := req.checkNames(offset, offset); rejected != nil {
		return req, rejected
	}
	return req, nil
}

func unknownTag(offset int) *RequestError {
	return &RequestError{"W5", offset, `unknown payload; known are <cpanelaction>, <cpaneljson enable="1">, ` +
		`<cpanel print="…">, <cpanel setvar="name=value">, <cpanel Module="function(args)"> and ` + ShutdownTag}
}

// checkNames checks Module and Function by W16 and clears those that are not names.
func (r *Request) checkNames(moduleAt, functionAt int) *RequestError {
	rejected := r.checkFunction(functionAt)
	if !protocol.ValidModule(string(r.Module)) {
		rejected = &RequestError{"W16", moduleAt, "module must be a module's name: a capital letter, then up to 63 letters and digits"}
		r.Module = nil
	}
	return rejected
}

// checkFunction does the same with Function alone.
func (r *Request) checkFunction(at int) (rejected *RequestError) {
	if protocol.ValidFunction(string(r.Function)) {
		return nil
	}
	rejected = &RequestError{"W16", at, "func must be a function's name: a letter, then up to 63 letters, digits and underscores"}
	if len(r.Function) > 0 && r.Function[0] == '_' {
		rejected.Reason = "func begins with an underscore, which marks a private function; call a public one"
	}
	r.Function = nil
	return rejected
}
