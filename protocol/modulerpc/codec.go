package modulerpc

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"liveapi.host/protocol"
	"liveapi.host/protocol/modulerpc/internal/pb"
)

// The lane's codec. The two messages that every call has, Invoke and Result, go
// straight between the bytes and what they mean, in the form that they mostly have;
// everything else is left to protobuf's generated code. FuzzLane holds the two ways to
// each other.

// The fields of module.proto that this file knows, as their tags: number and wire type.
const (
	tagID     = 1<<3 | byte(protowire.VarintType)
	tagInvoke = 3<<3 | byte(protowire.BytesType)
	tagResult = 10<<3 | byte(protowire.BytesType)

	tagCallID   = 1<<3 | byte(protowire.Fixed64Type)
	tagAccount  = 2<<3 | byte(protowire.BytesType)
	tagModule   = 3<<3 | byte(protowire.BytesType)
	tagFunction = 4<<3 | byte(protowire.BytesType)
	tagAPI      = 5<<3 | byte(protowire.VarintType)
	tagArgs     = 6<<3 | byte(protowire.BytesType)
	tagTimeout  = 7<<3 | byte(protowire.VarintType)

	tagStatus   = 1<<3 | byte(protowire.VarintType)
	tagData     = 2<<3 | byte(protowire.BytesType)
	tagErrors   = 3<<3 | byte(protowire.BytesType)
	tagMessages = 4<<3 | byte(protowire.BytesType)
	tagWarnings = 5<<3 | byte(protowire.BytesType)
)

// appendFrame appends a frame behind its length. After an error, which has errUnfit
// in its chain, dst is as it was.
func appendFrame(dst []byte, f frame) ([]byte, error) {
	switch {
	case f.invoke != nil && f.with == nil:
		return appendInvoke(dst, f)
	case f.result != nil && len(f.result.Metadata) == 0:
		return appendResult(dst, f)
	}
	w := f.toWire()
	size := proto.Size(w)
	out, err := appendLength(dst, size)
	if err != nil {
		return dst, err
	}
	if out, err = (proto.MarshalOptions{UseCachedSize: true}).MarshalAppend(out, w); err != nil {
		return dst, fmt.Errorf("%w: %w", errUnfit, err)
	}
	return out, nil
}

func appendLength(dst []byte, size int) ([]byte, error) {
	if size > maxFrame {
		return dst, fmt.Errorf("%w: it has %d bytes; at most %d are allowed", errUnfit, size, maxFrame)
	}
	return binary.BigEndian.AppendUint32(dst, uint32(size)), nil
}

// appendHead appends what comes before a body of size bytes: length, id and tag.
func appendHead(dst []byte, id uint32, tag byte, size int) ([]byte, error) {
	whole := sizeOfUint(uint64(id)) + 1 + protowire.SizeBytes(size)
	out, err := appendLength(dst, whole)
	if err != nil {
		return dst, err
	}
	// A large frame is not to be copied again and again as the buffer grows.
	out = appendUint(slices.Grow(out, whole), tagID, uint64(id))
	return protowire.AppendVarint(append(out, tag), uint64(size)), nil
}

func appendInvoke(dst []byte, f frame) ([]byte, error) {
	c, timeout := f.invoke, microseconds(f.timeout)
	if !utf8.ValidString(c.Account) || !utf8.ValidString(c.Module) || !utf8.ValidString(c.Function) {
		return dst, fmt.Errorf("%w: a name in it is not valid UTF-8", errUnfit)
	}
	size := sizeOfBytes(len(c.Account)) + sizeOfBytes(len(c.Module)) + sizeOfBytes(len(c.Function)) +
		sizeOfUint(uint64(c.API)) + sizeOfBytes(len(c.Args)) + sizeOfUint(timeout)
	if c.ID != 0 {
		size += 1 + 8
	}
	out, err := appendHead(dst, f.id, tagInvoke, size)
	if err != nil {
		return dst, err
	}
	if c.ID != 0 {
		out = protowire.AppendFixed64(append(out, tagCallID), uint64(c.ID))
	}
	out = appendBytes(out, tagAccount, c.Account)
	out = appendBytes(out, tagModule, c.Module)
	out = appendBytes(out, tagFunction, c.Function)
	out = appendUint(out, tagAPI, uint64(c.API))
	out = appendBytes(out, tagArgs, c.Args)
	return appendUint(out, tagTimeout, timeout), nil
}

func appendResult(dst []byte, f frame) ([]byte, error) {
	r, status := f.result, uint64(0)
	if r.Status != 0 {
		status = 1
	}
	lists := [...][]string{texts(r.Errors), texts(r.Messages), texts(r.Warnings)}
	size := sizeOfUint(status) + sizeOfBytes(len(r.Data))
	for _, list := range lists {
		for _, s := range list {
			size += 1 + protowire.SizeBytes(len(s))
		}
	}
	out, err := appendHead(dst, f.id, tagResult, size)
	if err != nil {
		return dst, err
	}
	out = appendUint(out, tagStatus, status)
	out = appendBytes(out, tagData, r.Data)
	for i, tag := range [...]byte{tagErrors, tagMessages, tagWarnings} {
		for _, s := range lists[i] {
			out = protowire.AppendString(append(out, tag), s)
		}
	}
	return out, nil
}

// In version 3 of protobuf a field that is zero or empty does not travel.

func sizeOfUint(v uint64) int {
	if v == 0 {
		return 0
	}
	return 1 + protowire.SizeVarint(v)
}

func sizeOfBytes(n int) int {
	if n == 0 {
		return 0
	}
	return 1 + protowire.SizeBytes(n)
}

func appendUint(dst []byte, tag byte, v uint64) []byte {
	if v == 0 {
		return dst
	}
	return protowire.AppendVarint(append(dst, tag), v)
}

func appendBytes[T ~string | ~[]byte](dst []byte, tag byte, b T) []byte {
	if len(b) == 0 {
		return dst
	}
	return append(protowire.AppendVarint(append(dst, tag), uint64(len(b))), b...)
}

// parseFrame reads one frame's message. What it returns shares no memory with b. An
// Invoke is read into call.
func parseFrame(b []byte, call *protocol.Call) (frame, error) {
	if f, ok := parseHot(b, call); ok {
		return f, nil
	}
	w := new(pb.Frame)
	if err := proto.Unmarshal(b, w); err != nil {
		return frame{}, err
	}
	return frameFromWire(w), nil
}

// parseHot reads a frame that is an id and then an Invoke or a Result, of fields that
// this file knows. It leaves every other one, the malformed ones too, to protobuf.
func parseHot(b []byte, call *protocol.Call) (f frame, ok bool) {
	id, b, ok := nextField(b)
	if !ok || id.tag != tagID {
		return f, false
	}
	f.id = uint32(id.number)
	body, b, ok := nextField(b)
	if !ok || len(b) > 0 {
		return f, false
	}
	switch body.tag {
	case tagInvoke:
		f.invoke = call
		f.timeout, ok = parseInvoke(body.bytes, call)
		return f, ok
	case tagResult:
		f.result = new(protocol.Result)
		return f, parseResult(body.bytes, f.result)
	}
	return f, false
}

func parseInvoke(b []byte, c *protocol.Call) (timeout time.Duration, ok bool) {
	*c = protocol.Call{}
	var account, module, function []byte
	for len(b) > 0 {
		var f field
		if f, b, ok = nextField(b); !ok {
			return 0, false
		}
		switch f.tag {
		case tagCallID:
			c.ID = protocol.CallID(f.number)
		case tagAccount:
			account, ok = f.bytes, utf8.Valid(f.bytes)
		case tagModule:
			module, ok = f.bytes, utf8.Valid(f.bytes)
		case tagFunction:
			function, ok = f.bytes, utf8.Valid(f.bytes)
		case tagAPI:
			c.API = protocol.APIVersion(uint32(f.number))
		case tagArgs:
			c.Args = json.RawMessage(clone(f.bytes))
		case tagTimeout:
			timeout = fromMicroseconds(f.number)
		default:
			ok = false
		}
		if !ok {
			return 0, false
		}
	}
	var room [128]byte // one string is made for the three names
	names := string(append(append(append(room[:0], account...), module...), function...))
	c.Account = names[:len(account)]
	c.Module = names[len(account) : len(account)+len(module)]
	c.Function = names[len(account)+len(module):]
	return timeout, true
}

func parseResult(b []byte, r *protocol.Result) bool {
	for len(b) > 0 {
		f, rest, ok := nextField(b)
		if !ok {
			return false
		}
		b = rest
		list := (*[]string)(nil)
		switch f.tag {
		case tagStatus:
			if r.Status = 0; uint32(f.number) == 1 {
				r.Status = 1
			}
			continue
		case tagData:
			r.Data = clone(f.bytes)
			continue
		case tagErrors:
			list = &r.Errors
		case tagMessages:
			list = &r.Messages
		case tagWarnings:
			list = &r.Warnings
		default:
			return false
		}
		if !utf8.Valid(f.bytes) {
			return false
		}
		*list = append(*list, string(f.bytes))
	}
	return true
}

// clone is a copy of b, nil where b is empty, as protobuf has it.
func clone(b []byte) []byte { return append([]byte(nil), b...) }

// field is one field of a message: a varint or a fixed64 as number, or bytes.
type field struct {
	tag    byte
	number uint64
	bytes  []byte
}

// nextField takes a field off b. It knows the tags that are one byte.
func nextField(b []byte) (f field, rest []byte, ok bool) {
	if len(b) == 0 || b[0] >= 0x80 {
		return f, nil, false
	}
	f.tag = b[0]
	n := -1
	switch protowire.Type(b[0] & 7) {
	case protowire.VarintType:
		f.number, n = protowire.ConsumeVarint(b[1:])
	case protowire.Fixed64Type:
		f.number, n = protowire.ConsumeFixed64(b[1:])
	case protowire.BytesType:
		f.bytes, n = protowire.ConsumeBytes(b[1:])
	}
	if n < 0 {
		return f, nil, false
	}
	return f, b[1+n:], true
}
