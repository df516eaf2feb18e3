package chrome

import (
	"bytes"
	"errors"
	"html/template"
	"strings"
)

// page is the data of a template. It serves one rendering.
type page struct {
	Title, AppKey, Account, Domain string
	Lang, Dir                      string

	theme func() (string, error) // asked only by a template that wants it
	out   *bytes.Buffer
	split []int // where in out each content began
}

// mark is what a template prints in the content's place. Between elements it stays
// as it is; html/template changes it in an attribute, a script or a title.
const mark = "<!--content-->"

// Content notes how much of the document was written before it.
func (p *page) Content() template.HTML {
	p.split = append(p.split, p.out.Len())
	return mark
}

// Theme returns the account's theme.
func (p *page) Theme() (string, error) { return p.theme() }

// render executes a template for a page, and splits the output at the content.
func render(t *template.Template, p page) (header, footer string, err error) {
	p.out = new(bytes.Buffer)
	if err := t.Execute(p.out, &p); err != nil {
		return "", "", err
	}
	all := p.out.String()
	switch {
	case len(p.split) == 0:
		return "", "", errors.New("{{.Content}} is missing: it says where the page's content goes")
	case len(p.split) > 1:
		return "", "", errors.New("{{.Content}} is there more than once: a page has one content")
	}
	header, rest := all[:p.split[0]], all[p.split[0]:]
	footer, between := strings.CutPrefix(rest, mark)
	switch {
	case !between:
		return "", "", errors.New("{{.Content}} has to stand between elements, and not in an attribute, a title, a style or a script")
	case !strings.Contains(strings.ToLower(header), "</head>"):
		return "", "", errors.New("there is no </head> before {{.Content}} (U §10: pages put their style sheets there)")
	}
	return header, footer, nil
}
