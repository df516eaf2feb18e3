package yamlform

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Mistake is one mistake in a file.
type Mistake struct {
	File string
	Line int    // counted from 1; 0: not known
	Key  string // the keys that lead to it, such as "sub_domains: blog.example.com: root"; "" at the top
	Text string // what is wrong, and what is allowed
}

// Error returns "FILE:LINE: KEY: TEXT", without the parts that are not set.
func (m *Mistake) Error() string {
	var b strings.Builder
	b.WriteString(m.File)
	if m.Line > 0 {
		fmt.Fprintf(&b, ":%d", m.Line)
	}
	if m.Key != "" {
		b.WriteString(": " + m.Key)
	}
	return b.String() + ": " + m.Text
}

// maxMistakes is the largest number of mistakes that are reported for one file.
const maxMistakes = 20

// Err returns the mistakes found so far, at most 20 of them and in the order of
// their lines, in one error that unwraps to a list; nil when there are none.
func (d *Document) Err() error {
	sorted := slices.Clone(d.mistakes)
	slices.SortStableFunc(sorted, func(a, b *Mistake) int {
		if a.Line == 0 || b.Line == 0 {
			return cmp.Compare(b.Line, a.Line) // mistakes without a line come last
		}
		return cmp.Compare(a.Line, b.Line)
	})
	list := make([]error, 0, len(sorted))
	for _, m := range sorted {
		list = append(list, m)
	}
	return errors.Join(list...)
}

func (d *Document) note(line int, key, format string, args ...any) {
	switch n := len(d.mistakes); {
	case n < maxMistakes-1:
		d.mistakes = append(d.mistakes, &Mistake{File: d.file, Line: line, Key: key, Text: fmt.Sprintf(format, args...)})
	case n == maxMistakes-1:
		d.mistakes = append(d.mistakes, &Mistake{File: d.file, Text: "there are more mistakes; fix these first"})
	}
}

// quote quotes a part of a file: on one line, at most about 60 bytes.
func quote(s string) string {
	if len(s) > 60 {
		return fmt.Sprintf("%.60q…", s)
	}
	return fmt.Sprintf("%q", s)
}
