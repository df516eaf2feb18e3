package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"liveapi.host/host"
)

// envelope is the answer to one UAPI call, as a caller reads it.
type envelope struct {
	raw    []byte
	Result struct {
		Data     json.RawMessage `json:"data"`
		Errors   []string        `json:"errors"`
		Warnings []string        `json:"warnings"`
		Status   int             `json:"status"`
	} `json:"result"`
}

// callTimeout is above every deadline that a host may have.
const callTimeout = host.MaxDeadline + 5*time.Second

// call makes one UAPI call for an account: through the daemon when one runs and
// own is set, else by a host inside this process. It is a caller like any other:
// what it prints is what a page would get.
func (a *app) call(ctx context.Context, account string, own bool, module, function string, args map[string]string) (*envelope, error) {
	conn, err := a.open(ctx, account, own)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(callTimeout))
	action, err := json.Marshal(map[string]any{"module": module, "func": function, "reqtype": "exec", "apiversion": "uapi", "args": args})
	if err != nil {
		return nil, err
	}
	payload := "<cpanelaction>" + string(action) + "</cpanelaction>"
	if _, err := fmt.Fprintf(conn, "%d\n%s", len(payload), payload); err != nil {
		return nil, fmt.Errorf("send the call: %w", err)
	}
	return readEnvelope(conn)
}

// open connects to the daemon, or to a host inside this process by a socketpair.
func (a *app) open(ctx context.Context, account string, own bool) (net.Conn, error) {
	if own {
		if daemon, err := a.daemon(); daemon != nil || err != nil {
			return daemon, err
		}
	}
	if err := a.embed(); err != nil {
		return nil, err
	}
	ours, theirs := net.Pipe()
	go a.host.ServeSession(ctx, theirs, account, a.sessionLimits())
	return ours, nil
}

func readEnvelope(r io.Reader) (*envelope, error) {
	in := bufio.NewReader(r)
	if _, err := in.ReadString('\n'); err != nil { // the XML declaration
		return nil, fmt.Errorf("the host gave no answer: %w", err)
	}
	line, err := in.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("the host's answer breaks off: %w", err)
	}
	body := bytes.TrimSuffix(bytes.TrimPrefix(line, []byte("<cpanelresult>")), []byte("</cpanelresult>\n"))
	e := &envelope{raw: body}
	if err := json.Unmarshal(body, e); err != nil {
		return nil, fmt.Errorf("the host's answer cannot be read: %w", err)
	}
	return e, nil
}

// failure is the call's error, when it failed.
func (e *envelope) failure() error {
	if e.Result.Status == 1 {
		return nil
	}
	return errorText(strings.Join(e.Result.Errors, "\n"))
}
