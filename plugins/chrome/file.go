package chrome

import (
	_ "embed" // the default template
	"fmt"
	"html/template"
	"os"
	"sync"
)

//go:embed default.html
var defaultTemplate string

// MaxTemplate is the largest size of a template's file, in bytes.
const MaxTemplate = 1 << 20

// file is a template that is read again when its file changes. It is safe for
// concurrent use.
type file struct {
	path string // "": the default template

	mu     sync.Mutex
	read   os.FileInfo // what was read last; nil when nothing was
	parsed *template.Template
	broken error // set instead of parsed
}

func newFile(path string) *file { return &file{path: path} }

// String returns the path, or a text for the default template.
func (f *file) String() string {
	if f.path == "" {
		return "default.html of package chrome"
	}
	return f.path
}

func (f *file) render(p page) (header, footer string, err error) {
	t, err := f.template()
	if err != nil {
		return "", "", err
	}
	return render(t, p)
}

// template returns the template of the file's present content.
func (f *file) template() (*template.Template, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.path == "" {
		if f.parsed == nil && f.broken == nil {
			f.parsed, f.broken = template.New("default.html").Parse(defaultTemplate)
		}
		return f.parsed, f.broken
	}
	now, err := os.Stat(f.path)
	if err != nil {
		return nil, err
	}
	if f.read == nil || !os.SameFile(f.read, now) || !f.read.ModTime().Equal(now.ModTime()) || f.read.Size() != now.Size() {
		f.parsed, f.broken = parse(f.path, now)
		f.read = now // from before the reading: a change during it is seen next time
	}
	return f.parsed, f.broken
}

func parse(path string, info os.FileInfo) (*template.Template, error) {
	switch {
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a file", path)
	case info.Size() > MaxTemplate:
		return nil, fmt.Errorf("%s has %d bytes, at most %d are allowed", path, info.Size(), MaxTemplate)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return template.New(info.Name()).Parse(string(text))
}
