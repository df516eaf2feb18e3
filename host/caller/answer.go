package caller

import (
	"encoding/json"
	"errors"
	"strings"
)

// Answer is what a host answered.
type Answer struct {
	JSON json.RawMessage // the envelope (U5), as the host sent it

	// OK says that the call succeeded: status 1, or event.result 1 of API 2.
	OK       bool
	Data     json.RawMessage
	Errors   []string
	Warnings []string
}

// envelope has the members of U5 that tell how a call went: of UAPI, of API 2,
// and, in one object, of the answer to a request that could not be read (W10).
type envelope struct {
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
}

func newAnswer(body []byte) (*Answer, error) {
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, errors.New("the host's answer is no result (U1): " + strings.TrimPrefix(err.Error(), "json: "))
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
	default:
		return nil, errors.New("the host's answer is neither a result of UAPI nor one of API 2 (U5)")
	}
	return a, nil
}

// Err is the failed call's texts, one on each line; nil when it succeeded.
func (a *Answer) Err() error {
	if a.OK {
		return nil
	}
	return errors.New(strings.Join(a.Errors, "\n"))
}
