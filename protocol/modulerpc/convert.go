package modulerpc

import (
	"encoding/json"
	"errors"
	"strings"

	"liveapi.host/protocol"
	"liveapi.host/protocol/modulerpc/internal/pb"
)

// The conversions between the nouns of package protocol and their wire form.
// protobuf refuses strings that are not valid UTF-8, so every text that a module's author
// can set passes through text().

func text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func texts(list []string) []string {
	for i, s := range list {
		if t := text(s); t != s {
			clean := append([]string(nil), list...)
			for j := i; j < len(clean); j++ {
				clean[j] = text(clean[j])
			}
			return clean
		}
	}
	return list
}

func resultToWire(w *pb.Result, r *protocol.Result) {
	w.Data, w.Errors, w.Messages, w.Warnings = r.Data, texts(r.Errors), texts(r.Messages), texts(r.Warnings)
	if r.Status != 0 {
		w.Status = 1
	}
	if len(r.Metadata) > 0 {
		w.Metadata = make(map[string][]byte, len(r.Metadata))
		for k, v := range r.Metadata {
			w.Metadata[text(k)] = v
		}
	}
}

func resultFromWire(w *pb.Result) *protocol.Result {
	r := &protocol.Result{
		Data:     w.Data,
		Errors:   w.Errors,
		Messages: w.Messages,
		Warnings: w.Warnings,
	}
	if w.Status == 1 {
		r.Status = 1
	}
	if len(w.Metadata) > 0 {
		r.Metadata = make(map[string]json.RawMessage, len(w.Metadata))
		for k, v := range w.Metadata {
			r.Metadata[k] = v
		}
	}
	return r
}

// errorToWire sends only coded errors. For any other error the peer learns that it was
// internal; its text stays on this side, for the log.
func errorToWire(err error) *pb.Error {
	var coded *protocol.Error
	if !errors.As(err, &coded) {
		return &pb.Error{Code: uint32(protocol.CodeInternal), Text: "an internal error occurred"}
	}
	return &pb.Error{Code: uint32(coded.Code), Text: text(coded.Text)}
}

func errorFromWire(w *pb.Error) error {
	return &protocol.Error{Code: protocol.Code(w.Code), Text: w.Text}
}

func recordToWire(r protocol.Record) *pb.Record {
	return &pb.Record{Key: r.Key, Version: uint64(r.Version), Value: r.Value}
}

func recordFromWire(w *pb.Record) protocol.Record {
	value := w.Value
	if value == nil {
		value = []byte{} // a Record's value is never nil
	}
	return protocol.Record{Key: w.Key, Version: protocol.Version(w.Version), Value: value}
}
