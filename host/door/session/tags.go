package session

import (
	"context"
	"encoding/json"
	"os"
	"strings"

	"liveapi.host/protocol"
	"liveapi.host/protocol/liveapi"
	"liveapi.host/protocol/tags"
	"liveapi.host/protocol/uapi"
)

// The tags of a session: print, langprint, if, feature, setvar, and calls of API 1
// in a tag (U §9). Their language is package tags.

// Bounds of what a session keeps for its tags.
const (
	maxSetvars  = 64  // variables that a caller has set
	maxFailures = 256 // modules whose last error is kept
	maxFailure  = 512 // bytes of an error
)

// tag serves a request that is a tag and not an action. It reports whether the
// session continues.
func (s *session) tag(request liveapi.Request) bool {
	s.tagged = true
	c := s.host.NewCall(s.caller)
	c.API, c.Module, c.Function = protocol.API1, string(request.Module), string(request.Function)
	ctx, cancel := context.WithDeadline(context.Background(), c.Deadline)
	defer cancel()
	vars := &variables{session: s, ctx: ctx}
	switch {
	case request.Kind == liveapi.KindTag:
		return s.result(c, s.tagCall(c, string(request.Text)))
	case request.Kind == liveapi.KindSetvar:
		c.Module = request.Kind.String()
		return s.result(c, s.setvar(string(request.Text)))
	case request.Kind == liveapi.KindPrint:
		return s.result(c, vars.print(string(request.Text)))
	}
	text, problem := operand(request.Args)
	switch {
	case request.ReqType == liveapi.If:
		holds, err := tags.Holds(text, vars)
		return s.condition(c, "if", holds, firstOf(problem, vars.failure, err))
	case request.ReqType == liveapi.Feature:
		holds, err := vars.feature(text)
		return s.condition(c, "feature", holds, firstOf(problem, err))
	case problem != nil:
		return s.result(c, protocol.Failed(problem.Error()))
	case c.Module == "langprint":
		return s.result(c, vars.langprint(text))
	}
	return s.result(c, vars.print(text))
}

// condition sends the reply to if and feature. A condition that cannot be evaluated
// is false.
func (s *session) condition(c *protocol.Call, name string, holds bool, err error) bool {
	if err == nil {
		s.body = uapi.AppendCondition(s.body[:0], name, holds)
		return s.reply()
	}
	s.log.Warn("a condition could not be evaluated", "call", c.ID.String(), "condition", name, "error", err)
	s.body = uapi.AppendConditionError(s.body[:0], name, s.host.Failure(c, err))
	return s.reply()
}

// operand returns the argument of print, langprint, if and feature: one string, or
// a list with one string (U §9).
func operand(raw json.RawMessage) (string, error) {
	args, err := uapi.DecodeArgs(raw)
	if err != nil {
		return "", err
	}
	list := args.Positional()
	if len(list) == 0 && args.Len() == 0 {
		return "", nil
	}
	if len(list) == 1 {
		if text, ok := list[0].Text(); ok {
			return text, nil
		}
	}
	return "", protocol.Errorf(protocol.CodeInvalid, "The argument must be one text, or a list of one (U §9).")
}

func firstOf(errors ...error) error {
	for _, err := range errors {
		if err != nil {
			return err
		}
	}
	return nil
}

// setvar keeps a variable until the session ends.
func (s *session) setvar(text string) *protocol.Result {
	name, value, err := tags.ParseSetvar(text)
	if err != nil {
		return protocol.Failed(err.Error())
	}
	if _, known := s.setvars[name]; !known && len(s.setvars) >= maxSetvars {
		return protocol.Failed("This session already has 64 variables, which is the limit: reuse one of them, or start another session.")
	}
	if s.setvars == nil {
		s.setvars = make(map[string]string)
	}
	s.setvars[name] = value
	return textResult(value)
}

// tagCall runs <cpanel Module="function(args)">, a call of API 1.
func (s *session) tagCall(c *protocol.Call, text string) *protocol.Result {
	list, err := tags.SplitArguments(text)
	if err != nil {
		return protocol.Failed(err.Error())
	}
	args, err := json.Marshal(list)
	if err != nil {
		return protocol.Failed(uapi.Internal(c.ID))
	}
	return s.invoke(c, args)
}

func textResult(text string) *protocol.Result {
	data, err := json.Marshal(text) // a string always has a JSON form
	if err != nil {
		panic(err)
	}
	return &protocol.Result{Status: 1, Data: data}
}

// remember keeps a module's last error for $CPERROR, and deletes it when the
// module succeeds.
func (s *session) remember(module string, r *protocol.Result) {
	if r.Status == 1 && s.failures == nil {
		return
	}
	key := strings.ToLower(module)
	if r.Status == 1 {
		delete(s.failures, key)
		return
	}
	if s.failures == nil {
		s.failures = make(map[string]string)
	}
	if _, known := s.failures[key]; !known && len(s.failures) >= maxFailures {
		return
	}
	text := strings.Join(r.Errors, "\n")
	if len(text) > maxFailure {
		text = strings.ToValidUTF8(text[:maxFailure], "")
	}
	s.failures[key] = text
}

// hostname is the machine's name; "" when the system does not know it.
func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}
