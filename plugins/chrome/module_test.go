package chrome_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"liveapi.host/plugins/chrome"
	"liveapi.host/sdk"
	"liveapi.host/sdk/sdktest"
)

// themes stands in for the module Themes.
func themes(name string, err error) *sdk.Module {
	return &sdk.Module{Name: "Themes", Doc: "Themes.", Version: "1", Functions: []sdk.Function{
		sdk.Func("get_theme_base", "Tells the theme.", func(context.Context, *sdk.Call, sdk.None) (string, error) { return name, err }),
	}}
}

func module() *sdk.Module { return chrome.New(chrome.Config{}) }

func TestMain(m *testing.M) { sdktest.Main(m, module()) }

var alice = sdk.Account{
	Name: "alice", UID: 1001, GID: 1001, Locale: "ar",
	Domains: []sdk.Domain{{Name: "example.com", Kind: sdk.MainDomain, Root: "/home/alice/public_html"}},
}

type dom struct{ Header, Footer string }

func (d dom) page(content string) string { return d.Header + content + d.Footer }

func getDOM(t testing.TB, h *sdktest.Host, args sdktest.Args) (d dom) {
	t.Helper()
	h.Call("get_dom", args).Decode(&d)
	return d
}

// The frame and a content are one document (U §10), in this process and over the pipe.
func TestUSection9GetDom(t *testing.T) {
	for name, start := range map[string]func(testing.TB, *sdk.Module, ...sdktest.Option) *sdktest.Host{"in process": sdktest.New, "pipe": sdktest.Pipe} {
		t.Run(name, func(t *testing.T) {
			h := start(t, module(), sdktest.WithAccountInfo(alice))
			d := getDOM(t, h, sdktest.Args{"page_title": "Boxes & more", "app_key": "boxes"})
			for _, part := range []string{"<!DOCTYPE html>\n", `<html lang="ar" dir="rtl">`, "</head>", `<meta charset="utf-8">`, "width=device-width",
				"<title>Boxes &amp; more · example.com</title>", "<h1>Boxes &amp; more</h1>", `data-app="boxes"`, "prefers-color-scheme: dark"} {
				if strings.Count(d.Header, part) != 1 {
					t.Errorf("the header has %q %d times", part, strings.Count(d.Header, part))
				}
			}
			if !strings.HasPrefix(d.Header, "<!DOCTYPE html>") || !strings.HasSuffix(strings.TrimSpace(d.Footer), "</html>") || strings.Contains(d.Footer, "<head") {
				t.Errorf("header %.40q, footer %q", d.Header, d.Footer)
			}
			checkDocument(t, d.page(`<p id="mine">Hello</p>`))
		})
	}
}

// checkDocument checks that tags are balanced, the content is in main, and nothing is
// loaded from elsewhere.
func checkDocument(t *testing.T, page string) {
	t.Helper()
	var open []string
	void := " meta link br hr img input "
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		kind := z.Next()
		token := z.Token()
		if kind == html.ErrorToken {
			break
		}
		for _, a := range token.Attr {
			if (a.Key == "src" || a.Key == "href" || a.Key == "action") && !strings.HasPrefix(a.Val, "#") && a.Val != "data:," || strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s %s=%q> loads something from elsewhere", token.Data, a.Key, a.Val)
			}
		}
		switch {
		case token.Data == "script" || token.Data == "iframe":
			t.Errorf("there is a %s", token.Data)
		case kind == html.StartTagToken && !strings.Contains(void, " "+token.Data+" "):
			open = append(open, token.Data)
		case kind == html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != token.Data {
				t.Fatalf("</%s> closes %v", token.Data, open)
			}
			open = open[:len(open)-1]
		case kind == html.StartTagToken && token.Data == "p" || kind == html.TextToken && token.Data == "Hello":
			if got := strings.Join(open, " "); !strings.HasPrefix(got, "html body main") {
				t.Errorf("the content is in %s", got)
			}
		}
	}
	if len(open) != 0 {
		t.Errorf("not closed: %v", open)
	}
	if style := between(page, "<style>", "</style>"); strings.Contains(style, "url(") || strings.Contains(style, "@import") {
		t.Error("the style loads something from elsewhere")
	}
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

// An account that has only its name gets a complete page.
func TestBareAccount(t *testing.T) {
	h := sdktest.New(t, module(), sdktest.WithAccount("bob"))
	d := getDOM(t, h, nil)
	for _, part := range []string{`<html lang="en" dir="ltr">`, "<title>bob</title>", "<h1>bob</h1>", "</head>"} {
		if !strings.Contains(d.Header, part) {
			t.Errorf("the header lacks %q", part)
		}
	}
	checkDocument(t, d.page(""))
	h.Call("get_domain", nil).Fails("The account has no main domain. Ask the administrator to give it one.")
}

func TestGetDomain(t *testing.T) {
	sdktest.New(t, module(), sdktest.WithAccountInfo(alice)).Call("get_domain", nil).JSON(`{"domain":"example.com"}`)
}

// No value can break out of its place or be taken for the content.
func TestHostileValues(t *testing.T) {
	for _, evil := range []string{
		`</title></head><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onload='x`, "<!--content-->", "{{.Content}}", "<!--", "-->",
		"</main></body></html>", "a\x00b", "a\r\nb", "\u202egnp.exe", "<svg/onload=x>", "javascript:alert(1)",
	} {
		account := alice
		account.Name, account.Locale = evil, evil
		account.Domains = []sdk.Domain{{Name: evil, Kind: sdk.MainDomain}}
		h := sdktest.New(t, module(), sdktest.WithAccountInfo(account)).As(evil)
		calm := getDOM(t, sdktest.New(t, module()), sdktest.Args{"page_title": "calm", "app_key": "calm"})
		d := getDOM(t, h, sdktest.Args{"page_title": evil, "app_key": evil})
		checkDocument(t, d.page(""))
		if got, want := shape(d.page("")), shape(calm.page("")); got != want {
			t.Errorf("%q makes the document\n%s\ninstead of\n%s", evil, got, want)
		}
		if d.Footer != calm.Footer {
			t.Errorf("%q changes the footer to %q", evil, d.Footer)
		}
	}
}

// shape is a document without its texts and values.
func shape(page string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(page))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		if token := z.Token(); kind != html.TextToken {
			b.WriteString(kind.String() + " " + token.Data)
			for _, a := range token.Attr {
				b.WriteString(" " + a.Key)
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

const broken = "The frame of the page cannot be made, since its template cannot be used. Ask the administrator to look into the log."

const small = `<html lang="{{.Lang}}" dir="{{.Dir}}"><head><title>{{.Title}}</title></head><body class="{{.Theme}}">{{.Account}} {{.Domain}} {{.AppKey}}: {{.Content}}!</body></html>`

// One file changes the look of the frame. It is read again when it changes.
func TestTemplateFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "frame.html")
	h := sdktest.New(t, chrome.New(chrome.Config{Template: path}), sdktest.WithAccountInfo(alice), sdktest.WithModules(themes("mine", nil)))
	get := func() dom { return getDOM(t, h, sdktest.Args{"page_title": "T", "app_key": "k"}) }
	fails := func(where string) {
		t.Helper()
		before := len(h.Log())
		h.Call("get_dom", nil).Fails(broken)
		if log := h.Log()[before:]; !strings.Contains(log, where) || !strings.Contains(log, "frame.html") {
			t.Errorf("the log does not say %q:\n%s", where, log)
		}
	}
	fails("no such file")

	write(t, path, small)
	want := dom{`<html lang="ar" dir="rtl"><head><title>T</title></head><body class="mine">alice example.com k: `, `!</body></html>`}
	if got := get(); got != want {
		t.Errorf("%+v\nwant %+v", got, want)
	}

	write(t, path, small+"{{if}}")
	fails("frame.html:1: missing value for if")
	write(t, path, small+"\n{{.Color}}")
	fails("frame.html:2:2")
	write(t, path, strings.Repeat(" ", chrome.MaxTemplate)+small)
	fails("at most 1048576 are allowed")

	write(t, path, strings.Replace(small, "!", "?", 1))
	if got := get(); got.Footer != "?</body></html>" {
		t.Errorf("after it was mended: %+v", got)
	}

	// Another file of the same size and time, as when an editor renames a new file.
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	other := path + ".new"
	write(t, other, strings.Replace(small, "!", ".", 1))
	if err := errors.Join(os.Chtimes(other, time.Time{}, info.ModTime()), os.Rename(other, path)); err != nil {
		t.Fatal(err)
	}
	if got := get(); got.Footer != ".</body></html>" {
		t.Errorf("after it was replaced: %+v", got)
	}

	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	fails("is not a file")
}

// The place of the content is checked in every kind of template.
func TestPlaceOfTheContent(t *testing.T) {
	const head = `<html><head><title>x</title></head><body>`
	for name, c := range map[string]struct{ text, problem string }{
		"missing":          {head, "{{.Content}} is missing"},
		"twice":            {head + `{{.Content}}{{.Content}}`, "more than once"},
		"in an attribute":  {head + `<p title="{{.Content}}">`, "between elements"},
		"in a tag":         {head + `<p {{.Content}}>`, "between elements"},
		"in a script":      {head + `<script>{{.Content}}</script>`, "between elements"},
		"in a style":       {head + `<style>{{.Content}}</style>`, "between elements"},
		"in a textarea":    {head + `<textarea>{{.Content}}</textarea>`, "between elements"},
		"in a comment":     {head + `<!-- {{.Content}} -->`, "between elements"},
		"not printed":      {head + `{{$x := .Content}}`, "between elements"},
		"printed later":    {head + `{{$x := .Content}}<p>{{$x}}`, "between elements"},
		"before the head":  {`{{.Content}}` + head, "</head>"},
		"without any head": {`<body>{{.Content}}`, "</head>"},
	} {
		path := filepath.Join(t.TempDir(), "frame.html")
		write(t, path, c.text)
		h := sdktest.New(t, chrome.New(chrome.Config{Template: path}))
		h.Call("get_dom", nil).Fails(broken)
		if !strings.Contains(h.Log(), c.problem) {
			t.Errorf("%s: the log does not say %q:\n%s", name, c.problem, h.Log())
		}
	}
	path := filepath.Join(t.TempDir(), "frame.html")
	write(t, path, `<HEAD></HEAD >{{template "all" .}}{{define "all"}}</Head>{{if .Title}}[{{.Content}}]{{end}}{{end}}`)
	if got, want := getDOM(t, sdktest.New(t, chrome.New(chrome.Config{Template: path})), nil), (dom{"<HEAD></HEAD ></Head>[", "]"}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestThemeThatCannotBeTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "frame.html")
	write(t, path, small)
	h := sdktest.New(
		t,
		chrome.New(chrome.Config{Template: path}),
		sdktest.WithModules(themes("", sdk.Errorf(sdk.Failed, "no theme today"))),
	)
	h.Call("get_dom", nil).Fails(broken)
	if !strings.Contains(h.Log(), "no theme today") {
		t.Errorf("log:\n%s", h.Log())
	}
}

func TestConfiguration(t *testing.T) {
	env := func(path string) func(string) string {
		return func(name string) string { return map[string]string{"CHROME_TEMPLATE": path}[name] }
	}
	if _, err := sdk.NewServer(sdk.Options{}, chrome.New(chrome.FromEnv(env("frame.html")))); err == nil || !strings.Contains(err.Error(), "an absolute path is needed") {
		t.Errorf("a relative path: %v", err)
	}
	path := filepath.Join(t.TempDir(), "frame.html")
	write(t, path, small)
	h := sdktest.New(t, chrome.New(chrome.FromEnv(env(path))), sdktest.WithModules(themes("a", nil)))
	if d := getDOM(t, h, nil); d.Footer != "!</body></html>" {
		t.Errorf("%+v", d)
	}
}

// The split does not depend on what the template or the values hold.
func FuzzSplit(f *testing.F) {
	f.Add("<b>", "</b>", "title")
	f.Add("<!--content-->", "<!--content-->", "<!--content-->")
	f.Add("<p title='", "'>", "")
	dir := f.TempDir()
	path := filepath.Join(dir, "frame.html")
	f.Fuzz(func(t *testing.T, before, after, title string) {
		if strings.Contains(before+after, "{{") || strings.HasSuffix(before, "{") {
			return
		}
		write(t, path, "<head></head>"+before+"{{.Content}}"+after)
		h := sdktest.New(t, chrome.New(chrome.Config{Template: path}))
		r := h.Call("get_dom", sdktest.Args{"page_title": title})
		if r.Status == 0 {
			r.Fails(broken)
			return
		}
		var whole, split dom
		r.Decode(&split)
		write(t, path, "<head></head>"+before+"X{{.Content}}Y"+after)
		if r = h.Call("get_dom", sdktest.Args{"page_title": title}); r.Status == 0 {
			r.Fails(broken) // such as "<" before, which X makes a tag
			return
		}
		r.Decode(&whole)
		if whole.Header != split.Header+"X" || whole.Footer != "Y"+split.Footer {
			t.Fatalf("%+v\n%+v", split, whole)
		}
	})
}
