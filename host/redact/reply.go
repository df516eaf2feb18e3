package redact

import "liveapi.host/protocol"

// Reply returns the JSON of a reply as it may be shown.
func Reply(body []byte, f *protocol.Function) string {
	reply := decodeObject(string(body))
	if reply == nil {
		return notShown
	}
	hideIn(reply, f)
	if secretName.MatchString(function(reply)) {
		hideData(reply)
	}
	return encode(reply)
}

// function is the name of the function that a reply is of, "" when it names none.
func function(reply map[string]any) string {
	if inner, ok := reply["cpanelresult"].(map[string]any); ok {
		reply = inner
	}
	name, _ := reply["func"].(string)
	return name
}

// hideData hides what a function returns: one whose own name tells may return a
// secret under any name.
func hideData(reply map[string]any) {
	for name, member := range reply {
		if name == "data" {
			reply[name] = hide(member)
		} else if inner, ok := member.(map[string]any); ok {
			hideData(inner)
		}
	}
}
