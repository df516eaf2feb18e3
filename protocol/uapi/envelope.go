package uapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"liveapi.host/protocol"
	"liveapi.host/protocol/internal/jsontext"
)

// Append appends the envelope in which callers of c's API read a result (U5, U §7),
// compact and escaped for a reply (W7, W8). An unknown API is treated as UAPI.
//
// Append always appends one complete envelope. If r cannot be sent, it appends the
// envelope of a failed call with the text [Internal] or [TooLarge] of c.ID; the error
// then says why, for the log only. A result cannot be sent if it is nil, if its status
// is neither 0 nor 1, if data or metadata for the envelope is not JSON, if data of WHM
// API 1 is not an object, or if the envelope has more than most bytes ([ErrTooLarge]);
// most 0 means any number.
func Append(dst []byte, c *protocol.Call, r *protocol.Result, most int) ([]byte, error) {
	limit := 0
	if most > 0 {
		limit = len(dst) + most
	}
	out, err := appendEnvelope(dst, c, r, limit)
	if err == nil && limit > 0 && len(out) > limit {
		out, err = dst, ErrTooLarge
	}
	if err == nil {
		return out, nil
	}
	text := Internal(c.ID)
	if errors.Is(err, ErrTooLarge) {
		text = TooLarge(c.ID)
	}
	out, _ = appendEnvelope(dst, c, protocol.Failed(text), 0) // every API can send this
	return out, err
}

func appendEnvelope(dst []byte, c *protocol.Call, r *protocol.Result, limit int) ([]byte, error) {
	switch c.API {
	case protocol.API1:
		return appendAPI1(dst, c.Module, c.Function, r, limit)
	case protocol.API2:
		return appendAPI2(dst, c.Module, c.Function, r, limit)
	case protocol.WHM1:
		return appendWHM1(dst, c.Function, r, limit)
	}
	return appendUAPI(dst, c.Module, c.Function, r, limit)
}

// AppendCore appends the core result (U1): data, errors, messages, metadata,
// status and warnings, in this order, compact (U2). A result of status 0 without an
// error text gets one (U3). metadata.transformed is present exactly when data is
// an array (U4), even if the module's metadata differs.
//
// An error means that r is not a result: it is nil, its status is neither 0 nor
// 1, or its data or a metadata value is not JSON.
func AppendCore(dst []byte, r *protocol.Result) ([]byte, error) { return appendCore(dst, r, 0) }

// appendCore is AppendCore for a dst that may grow to limit bytes; 0 means any number.
func appendCore(dst []byte, r *protocol.Result, limit int) ([]byte, error) {
	if err := check(r); err != nil {
		return dst, err
	}
	out := append(dst, `{"data":`...)
	out, err := appendData(out, r.Data, limit)
	if err != nil {
		return dst, err
	}
	out = append(out, `,"errors":`...)
	if r.Status == 0 && len(r.Errors) == 0 {
		out = append(jsontext.AppendString(append(out, '['), NoReason), ']')
	} else {
		out = appendTexts(out, r.Errors)
	}
	out = append(out, `,"messages":`...)
	out = appendTexts(out, r.Messages)
	out = append(out, `,"metadata":`...)
	if out, err = appendMetadata(out, r, limit); err != nil {
		return dst, err
	}
	out = append(out, `,"status":`...)
	out = append(out, '0'+byte(r.Status))
	out = append(out, `,"warnings":`...)
	return append(appendTexts(out, r.Warnings), '}'), nil
}

// appendUAPI appends the envelope of a UAPI call (U5): apiversion 3, func,
// module, and the core as result. Errors are those of [AppendCore].
func appendUAPI(dst []byte, module, function string, r *protocol.Result, limit int) ([]byte, error) {
	out := append(dst, `{"apiversion":3`...)
	out = appendNames(out, module, function)
	out = append(out, `,"result":`...)
	out, err := appendCore(out, r, limit)
	if err != nil {
		return dst, err
	}
	return append(out, '}'), nil
}

// appendAPI2 appends the envelope of an API 2 call (U5), which begins with its
// inner cpanelresult (W9). Its data is always a list: null becomes an empty list,
// a single value becomes a list of one. A failed call has its texts, one on each line,
// in error. metadata.paginate, from the host or the module, is a member next to data
// (U15). Errors are those of [AppendCore].
func appendAPI2(dst []byte, module, function string, r *protocol.Result, limit int) ([]byte, error) {
	if err := check(r); err != nil {
		return dst, err
	}
	out := append(dst, `{"cpanelresult":{"apiversion":2,"data":`...)
	var err error
	switch first(r.Data) {
	case 0, 'n':
		if out, err = appendData(out, r.Data, limit); err == nil {
			out = append(out[:len(out)-len("null")], "[]"...)
		}
	case '[':
		out, err = appendData(out, r.Data, limit)
	default:
		out, err = appendData(append(out, '['), r.Data, limit)
		out = append(out, ']')
	}
	if err != nil {
		return dst, err
	}
	out = appendFailure(out, r)
	out = appendEvent(out, r.Status)
	out = appendNames(out, module, function)
	if pages, ok := r.Metadata[paginate]; ok {
		out = append(out, `,"paginate":`...)
		if out, err = appendCompact(out, pages, limit); err != nil {
			return dst, badMetadata(paginate, err)
		}
	}
	return append(out, `}}`...), nil
}

// appendAPI1 appends the envelope of an API 1 call or of print (U5). data.result
// is text: a string is unchanged, null becomes the empty text, numbers and flags
// become text by U7; only a list or an object is copied unchanged. A failed call has
// its texts, one on each line, in error. Errors are those of [AppendCore].
func appendAPI1(dst []byte, module, function string, r *protocol.Result, limit int) ([]byte, error) {
	if err := check(r); err != nil {
		return dst, err
	}
	out := append(dst, `{"apiversion":"1","data":{"result":`...)
	from := len(out)
	out, err := appendData(out, r.Data, limit)
	if err != nil {
		return dst, err
	}
	switch value := out[from:]; value[0] {
	case '"', '[', '{':
	case 'n':
		out = append(out[:from], `""`...)
	case 't':
		out = append(out[:from], `"1"`...)
	case 'f':
		out = append(out[:from], `"0"`...)
	default:
		out = append(slices.Insert(out, from, '"'), '"')
	}
	out = appendFailure(append(out, '}'), r)
	out = appendEvent(out, r.Status)
	return append(appendNames(out, module, function), `,"source":"internal","type":"event"}`...), nil
}

// appendWHM1 appends the envelope of a call of WHM API 1 (U §7). Its data is an
// object, an empty one for null. A failed call has result 0 and its texts, one on
// each line, as the reason; otherwise the reason is OK. Messages and warnings are in
// metadata.output. Errors are those of [AppendCore].
func appendWHM1(dst []byte, function string, r *protocol.Result, limit int) ([]byte, error) {
	if err := check(r); err != nil {
		return dst, err
	}
	out := append(dst, `{"data":`...)
	switch first(r.Data) {
	case 0, 'n', '{':
	default:
		return dst, errors.New("the data of a function of WHM API 1 must be an object (U §7)")
	}
	from := len(out)
	out, err := appendData(out, r.Data, limit)
	if err != nil {
		return dst, err
	}
	if out[from] == 'n' {
		out = append(out[:from], "{}"...)
	}
	out = jsontext.AppendString(append(out, `,"metadata":{"command":`...), function)
	if len(r.Messages)+len(r.Warnings) > 0 {
		out = appendTexts(append(out, `,"output":{"messages":`...), r.Messages)
		out = append(appendTexts(append(out, `,"warnings":`...), r.Warnings), '}')
	}
	reason := "OK"
	if r.Status == 0 {
		reason = failure(r)
	}
	out = jsontext.AppendString(append(out, `,"reason":`...), reason)
	return append(out, `,"result":`+string('0'+rune(r.Status))+`,"version":1}}`...), nil
}

// AppendCondition appends the envelope of if and feature (U5), which begins with
// its inner cpanelresult (W9). name is "if" or "feature".
func AppendCondition(dst []byte, name string, holds bool) []byte {
	result := byte('0')
	if holds {
		result = '1'
	}
	dst = append(append(dst, `{"cpanelresult":{"apiversion":1,"data":{"result":`...), result)
	return append(jsontext.AppendString(append(dst, `},"module":`...), name), `}}`...)
}

// AppendConditionError is AppendCondition for a condition that could not be
// evaluated: the result is 0, and text says why.
func AppendConditionError(dst []byte, name, text string) []byte {
	dst = append(dst, `{"cpanelresult":{"apiversion":1,"data":{"reason":`...)
	dst = append(jsontext.AppendString(dst, text), `,"result":0},"error":`...)
	dst = append(jsontext.AppendString(dst, text), `,"module":`...)
	return append(jsontext.AppendString(dst, name), `}}`...)
}

// AppendUnreadable appends the reply to a request that could not be read (W10):
// one object in which callers of every API version find the text. module and
// function are empty if they could not be read.
func AppendUnreadable(dst []byte, module, function, text string) []byte {
	quoted := jsontext.AppendString(nil, text)
	dst = append(append(dst, `{"apiversion":3,"data":{"reason":`...), quoted...)
	dst = append(append(dst, `,"result":0},"error":`...), quoted...)
	dst = append(append(dst, `,"event":{"reason":`...), quoted...)
	dst = appendNames(append(dst, `,"result":0}`...), module, function)
	dst = append(append(dst, `,"result":{"data":null,"errors":[`...), quoted...)
	return append(dst, `],"messages":null,"metadata":{},"status":0,"warnings":null}}`...)
}

func check(r *protocol.Result) error {
	switch {
	case r == nil:
		return errors.New("there is no result")
	case r.Status != 0 && r.Status != 1:
		return errors.New("the status is " + strconv.Itoa(r.Status) + "; it must be 1 or 0 (U1)")
	}
	return nil
}

// first returns the first byte of a JSON value, 0 when there is none.
func first(raw json.RawMessage) byte {
	for _, c := range raw {
		if !jsontext.IsSpace(c) {
			return c
		}
	}
	return 0
}

// appendData appends a result's data; no data means null (U1).
func appendData(dst []byte, data json.RawMessage, limit int) ([]byte, error) {
	if len(data) == 0 {
		return append(dst, "null"...), nil
	}
	out, err := appendCompact(dst, data, limit)
	if err != nil {
		return dst, fmt.Errorf("the data of the result: %w", err)
	}
	return out, nil
}

// appendTexts appends an array of strings, null when there are none (U1).
func appendTexts(dst []byte, texts []string) []byte {
	if len(texts) == 0 {
		return append(dst, "null"...)
	}
	for i, text := range texts {
		if i == 0 {
			dst = append(dst, '[')
		} else {
			dst = append(dst, ',')
		}
		dst = jsontext.AppendString(dst, text)
	}
	return append(dst, ']')
}

const transformed = "transformed"

// appendMetadata appends the metadata sorted by name (U2), with transformed by U4.
func appendMetadata(dst []byte, r *protocol.Result, limit int) ([]byte, error) {
	var room [8]string
	names := room[:0]
	for name := range r.Metadata {
		if name != transformed {
			names = append(names, name)
		}
	}
	if first(r.Data) == '[' {
		names = append(names, transformed)
	}
	slices.Sort(names)
	out := append(dst, '{')
	for i, name := range names {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(jsontext.AppendString(out, name), ':')
		if name == transformed {
			out = append(out, '1')
			continue
		}
		var err error
		if out, err = appendCompact(out, r.Metadata[name], limit); err != nil {
			return dst, badMetadata(name, err)
		}
	}
	return append(out, '}'), nil
}

func badMetadata(name string, err error) error {
	return fmt.Errorf("the metadata value %q of the result: %w", name, err)
}

func appendNames(dst []byte, module, function string) []byte {
	dst = jsontext.AppendString(append(dst, `,"func":`...), function)
	return jsontext.AppendString(append(dst, `,"module":`...), module)
}

// appendFailure appends the member error of a failed call (U5).
func appendFailure(dst []byte, r *protocol.Result) []byte {
	if r.Status == 1 {
		return dst
	}
	return jsontext.AppendString(append(dst, `,"error":`...), failure(r))
}

// failure returns the texts of a failed call, one on each line (U3).
func failure(r *protocol.Result) string {
	if len(r.Errors) == 0 {
		return NoReason
	}
	return strings.Join(r.Errors, "\n")
}

func appendEvent(dst []byte, status int) []byte {
	return append(append(dst, `,"event":{"result":`...), '0'+byte(status), '}')
}
