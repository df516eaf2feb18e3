package liveapi

import (
	"liveapi.host/protocol"
	"liveapi.host/protocol/internal/jsontext"
)

// action collects the members of one action while they are scanned.
type action struct {
	scanner
	req                         Request
	emptyVersion                bool
	moduleAt, funcAt, versionAt int // where the values are; 0 for an absent member
}

// parseAction reads the JSON that starts at pos and ends where b does (W5).
func parseAction(b []byte, pos int) (Request, error) {
	a := action{scanner: newScanner(b, pos), req: Request{Kind: KindAction}}
	if a.Space(); a.Pos == len(b) {
		return a.req, &RequestError{"W6", pos, "the request body is empty, which usually means that an argument is not valid " +
			"UTF-8; convert it before the call"}
	}
	var rejected *RequestError
	if !a.members() {
		rejected = a.error()
	} else if rejected = a.settle(); rejected == nil {
		return a.req, nil
	}
	a.req.Args = nil
	a.req.checkNames(0, 0)
	return a.req, rejected
}

// members walks the outermost object. Unknown members are ignored, but must be JSON.
func (a *action) members() bool {
	for more := a.Enter('{'); more; more = a.More('}') {
		if name, ok := a.Member(); !ok || !a.take(name) {
			return false
		}
	}
	return a.Reason == "" && a.End()
}

// take reads the value of one member.
func (a *action) take(name jsontext.Span) bool {
	at := a.Pos
	switch string(a.Unquote(name)) {
	case "module":
		a.moduleAt = at
		return a.name(&a.req.Module, "module must be a string")
	case "func":
		a.funcAt = at
		return a.name(&a.req.Function, "func must be a string")
	case "reqtype":
		return a.reqType()
	case "apiversion":
		a.versionAt = at
		return a.apiVersion()
	case "args":
		return a.args()
	}
	return a.Value(2)
}

// name reads a string member.
func (a *action) name(to *[]byte, reason string) bool {
	if a.Pos >= len(a.Src) || a.Src[a.Pos] != '"' {
		return a.stop("W5", a.Pos, reason)
	}
	t, ok := a.Text()
	*to = a.Unquote(t)
	return ok
}

func (a *action) reqType() bool {
	var word []byte
	at := a.Pos
	if !a.name(&word, "reqtype must be a string") {
		return false
	}
	switch string(word) {
	case "exec":
		a.req.ReqType = Exec
	case "if":
		a.req.ReqType = If
	case "feature":
		a.req.ReqType = Feature
	default:
		return a.stop("W5", at, "reqtype must be exec, if or feature")
	}
	return true
}

// apiVersion reads a string, or a number by its literal text.
func (a *action) apiVersion() bool {
	const reason = `apiversion must be "uapi", "3", "2", "1" or "whm1"`
	at, quoted := a.Pos, a.Pos < len(a.Src) && a.Src[a.Pos] == '"'
	var word []byte
	if quoted {
		if !a.name(&word, reason) {
			return false
		}
	} else {
		end := jsontext.Number(a.Src, a.Pos)
		if end < 0 {
			return a.stop("W5", at, reason)
		}
		word, a.Pos = a.Src[at:end], end
	}
	switch string(word) {
	case "uapi", "3":
		a.req.API = protocol.UAPI
	case "2":
		a.req.API = protocol.API2
	case "1":
		a.req.API = protocol.API1
	case "whm1":
		a.req.API = protocol.WHM1
	case "":
		a.emptyVersion = true
	default:
		return a.stop("W5", at, reason)
	}
	return true
}

func (a *action) args() bool {
	from := a.Pos
	if from < len(a.Src) {
		switch a.Src[from] {
		case '{', '[', '"':
			if !a.Value(2) {
				return false
			}
			a.req.Args = a.Src[from:a.Pos:a.Pos]
			return true
		case 'n':
			return a.Value(2)
		}
	}
	return a.stop("W5", from, "args must be an object, an array, a string or null")
}

// settle checks the members in combination.
func (a *action) settle() *RequestError {
	r := &a.req
	switch {
	case r.ReqType == If:
		return a.condition("if")
	case r.ReqType == Feature:
		return a.condition("feature")
	case a.emptyVersion:
		return &RequestError{"W5", a.versionAt, `apiversion may be empty only with reqtype feature or if; send "uapi", "2" or "1"`}
	case r.API == protocol.WHM1:
		return a.whm()
	case a.moduleAt == 0:
		return &RequestError{"W5", a.Pos, "the member module is missing"}
	case r.API == protocol.API1 || a.versionAt == 0:
		if name := string(r.Module); name == "print" || name == "langprint" {
			r.API = protocol.API1
			return nil
		}
	}
	if a.versionAt == 0 {
		r.API = protocol.UAPI
	}
	if a.funcAt == 0 {
		return &RequestError{"W5", a.Pos, "the member func is missing"}
	}
	return r.checkNames(a.moduleAt, a.funcAt)
}

// condition checks a request whose reqtype is also the name of its module.
func (a *action) condition(name string) *RequestError {
	r := &a.req
	r.API = protocol.API1
	switch {
	case a.moduleAt == 0:
		r.Module = []byte(name)
	case string(r.Module) != name:
		return &RequestError{"W16", a.moduleAt, "with reqtype if or feature the module must have the same name as the reqtype"}
	}
	return nil
}

// whm checks a call of WHM API 1, whose functions have no module.
func (a *action) whm() *RequestError {
	r := &a.req
	if len(r.Module) > 0 {
		r.Module = nil
		return &RequestError{"W5", a.moduleAt, "functions of WHM API 1 have no module; leave the member module out"}
	}
	if a.funcAt == 0 {
		return &RequestError{"W5", a.Pos, "the member func is missing"}
	}
	return r.checkFunction(a.funcAt)
}
