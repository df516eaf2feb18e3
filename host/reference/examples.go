package reference

import (
	"fmt"
	"net/url"
	"strings"

	"liveapi.host/protocol"
)

// argument is one argument of an example call; name is the name that is sent.
type argument struct {
	name, value string
	secret      bool
}

// arguments returns the required arguments of a function, each with a placeholder
// and a repeated one twice (U8).
func arguments(f protocol.Function) (list []argument) {
	for _, p := range f.Params {
		value := placeText
		switch {
		case bool(p.Secret):
			value = placeSecret
		case isNested(p):
			value = placeJSON
		case p.Type == protocol.TypeNumber, p.Type == protocol.TypeFlag:
			value = "1"
		}
		switch {
		case isRest(p):
			list = append(list, argument{placeName, placeText, bool(p.Secret)})
		case !bool(p.Required):
		case bool(p.List) && f.API != protocol.API1:
			list = append(list, argument{p.Name + "-0", value, bool(p.Secret)}, argument{p.Name + "-1", value, bool(p.Secret)})
		default:
			list = append(list, argument{p.Name, value, bool(p.Secret)})
		}
	}
	return list
}

// examples returns one call of a function for each kind of caller.
func examples(module string, f protocol.Function) string {
	args := arguments(f)
	if f.API == protocol.WHM1 {
		return fenced("sh", shellExample(module, f, args))
	}
	list := []string{
		fenced("php", phpExample(module, f, args)),
		fenced("perl", perlExample(module, f, args)),
		fenced("tt", templateExample(module, f, args)),
	}
	if f.API != protocol.API1 {
		list = append([]string{fenced("sh", shellExample(module, f, args))}, list...)
	}
	if f.API == protocol.UAPI {
		list = append(list, fenced("sh", httpExample(module, f, args)))
	}
	return strings.Join(list, "\n")
}

func anySecret(args []argument) bool {
	for _, a := range args {
		if a.secret {
			return true
		}
	}
	return false
}

// shellExample sends secrets on standard input, because the list of processes
// shows arguments to every user.
func shellExample(module string, f protocol.Function, args []argument) string {
	program, function := "uapi", module+" "+f.Name
	switch f.API {
	case protocol.API2:
		program = "cpapi2"
	case protocol.WHM1:
		program, function = "whmapi1", f.Name
	}
	if !anySecret(args) {
		line := program + " " + function
		for _, a := range args {
			line += " " + encodeURI(a.name) + "=" + encodeURI(a.value)
		}
		return line
	}
	var members []string
	for _, a := range args {
		members = append(members, string(quoted(a.name))+": "+string(quoted(a.value)))
	}
	return program + " --input=json " + function + " <<'END'\n{" + strings.Join(members, ", ") + "}\nEND"
}

// encodeURI escapes all characters that have a meaning for a shell or in a URI.
func encodeURI(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

func phpExample(module string, f protocol.Function, args []argument) string {
	method, result := methodOf(f.API)
	return fmt.Sprintf("$reply = $cpanel->%s('%s', '%s'%s);\n$result = $reply%s;", method, module, f.Name,
		listed(f, args, ", [", "]", " => "), inBrackets(result, "['", "']"))
}

func perlExample(module string, f protocol.Function, args []argument) string {
	method, result := methodOf(f.API)
	begin, end := ", { ", " }"
	if f.API == protocol.API1 {
		begin, end = ", [ ", " ]"
	}
	return fmt.Sprintf("my $reply = $cpanel->%s( '%s', '%s'%s );\nmy $result = $reply->%s;", method, module, f.Name,
		listed(f, args, begin, end, " => "), inBrackets(result, "{'", "'}"))
}

func templateExample(module string, f protocol.Function, args []argument) string {
	switch f.API {
	case protocol.API2:
		return fmt.Sprintf("[%% USE Api2; data = Api2.exec('%s', '%s'%s) %%]", module, f.Name, listed(f, args, ", { ", " }", " => "))
	case protocol.API1:
		return fmt.Sprintf("[%% USE Api1; Api1.exec('%s', '%s'%s) %%]", module, f.Name, listed(f, args, ", ", "", ""))
	}
	return fmt.Sprintf("[%% result = execute('%s', '%s'%s) %%]", module, f.Name, listed(f, args, ", { ", " }", " => "))
}

// methodOf returns the callers' method for an API, and the path in its reply to
// what the function's page shows.
func methodOf(api protocol.APIVersion) (method string, result []string) {
	switch api {
	case protocol.API2:
		return "api2", []string{"cpanelresult"}
	case protocol.API1:
		return "api1", []string{"cpanelresult", "data", "result"}
	}
	return "uapi", []string{"cpanelresult", "result"}
}

func inBrackets(names []string, begin, end string) string {
	return begin + strings.Join(names, end+begin) + end
}

// listed writes arguments in a language that has texts in single quotes. For API 1
// it writes only the values, which count by position.
func listed(f protocol.Function, args []argument, begin, end, arrow string) string {
	var list []string
	for _, a := range args {
		text := singleQuoted(a.value)
		if f.API != protocol.API1 {
			text = singleQuoted(a.name) + arrow + text
		}
		list = append(list, text)
	}
	if list == nil {
		return ""
	}
	return begin + strings.Join(list, ", ") + end
}

// singleQuoted is a text in PHP, Perl and Template Toolkit. In Template Toolkit,
// %] ends the tag even in a quoted text.
func singleQuoted(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, `\`, `\\`), `'`, `\'`)
	return "'" + strings.ReplaceAll(text, "%]", "% ]") + "'"
}

// httpExample sends secrets by POST, because addresses are stored in many places,
// and from standard input, like shellExample.
func httpExample(module string, f protocol.Function, args []argument) string {
	const head = "curl -H 'Authorization: cpanel USER:TOKEN'"
	address := "https://HOST:2083/execute/" + module + "/" + f.Name
	var pairs []string
	for _, a := range args {
		pairs = append(pairs, encodeURI(a.name)+"="+encodeURI(a.value))
	}
	switch {
	case pairs == nil:
		return head + " " + address
	case anySecret(args):
		return head + " --data @- " + address + " <<'END'\n" + strings.Join(pairs, "&") + "\nEND"
	}
	return head + " '" + address + "?" + strings.Join(pairs, "&") + "'"
}
