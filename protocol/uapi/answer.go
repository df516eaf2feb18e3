package uapi

import (
	"encoding/json"
	"errors"
	"strings"
)

// Answer is a reply as a caller reads it, the counterpart of [Append].
type Answer struct {
	JSON json.RawMessage // the envelope (U5), as the host sent it

	// OK says that the call succeeded: status 1, event.result 1 of API 2, or
	// metadata.result 1 of WHM API 1.
	OK       bool
	Data     json.RawMessage
	Errors   []string
	Warnings []string
}

// answerForm has the members of U5 with the outcome of a call: those of UAPI, API 2
// and WHM API 1. The reply to a request that could not be read has them in one object
// (W10).
type answerForm struct {
	Result *struct {
		Data     json.RawMessage `json:"data"`
		Errors   []string        `json:"errors"`
		Status   int             `json:"status"`
		Warnings []string        `json:"warnings"`
	} `json:"result"`
	API2 *struct {
		Data  json.RawMessage `json:"data"`
		Error string          `json:"error"`
		Event struct {
			Result int `json:"result"`
		} `json:"event"`
	} `json:"cpanelresult"`
	Data     json.RawMessage `json:"data"` // of WHM API 1, like Metadata
	Metadata *struct {
		Reason string `json:"reason"`
		Result int    `json:"result"`
		Output struct {
			Warnings []string `json:"warnings"`
		} `json:"output"`
	} `json:"metadata"`
}

// ParseAnswer reads the JSON of a reply to a call of UAPI, API 2 or WHM API 1, or to
// a request that could not be read (W10). It keeps body.
func ParseAnswer(body []byte) (*Answer, error) {
	var e answerForm
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, errors.New("the host's reply is not a result (U1): " + strings.TrimPrefix(err.Error(), "json: "))
	}
	a := &Answer{JSON: body}
	switch {
	case e.Result != nil:
		a.OK, a.Data, a.Errors, a.Warnings = e.Result.Status == 1, e.Result.Data, e.Result.Errors, e.Result.Warnings
	case e.API2 != nil:
		a.OK, a.Data = e.API2.Event.Result == 1, e.API2.Data
		if e.API2.Error != "" {
			a.Errors = strings.Split(e.API2.Error, "\n")
		}
	case e.Metadata != nil:
		a.OK, a.Data, a.Warnings = e.Metadata.Result == 1, e.Data, e.Metadata.Output.Warnings
		if !a.OK {
			a.Errors = strings.Split(e.Metadata.Reason, "\n")
		}
	default:
		return nil, errors.New("the host's reply is not a result of UAPI (U5), API 2 or WHM API 1")
	}
	return a, nil
}

// Err returns the error texts of a failed call, one on each line; nil when it succeeded.
func (a *Answer) Err() error {
	if a.OK {
		return nil
	}
	return errors.New(strings.Join(a.Errors, "\n"))
}
