package redact

import "liveapi.host/protocol"

// Reply returns the JSON of a reply without secrets.
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

// function returns the name of the function in a reply, "" when it has none.
func function(reply map[string]any) string {
	if inner, ok := reply["cpanelresult"].(map[string]any); ok {
		reply = inner
	}
	name, _ := reply["func"].(string)
	return name
}

// hideData hides all data of a reply. It is for functions with a name like a
// secret's, which may return a secret under any name.
func hideData(reply map[string]any) {
	for name, member := range reply {
		if name == "data" {
			reply[name] = hide(member)
		} else if inner, ok := member.(map[string]any); ok {
			hideData(inner)
		}
	}
}
