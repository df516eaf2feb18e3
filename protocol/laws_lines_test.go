package protocol_test

import (
	"go/scanner"
	"go/token"
	"strings"
	"testing"
	"unicode/utf8"
)

// longestLine is in columns, where a tab has 4.
const longestLine = 140

// Lines of Go have at most 140 columns. Raw string literals do not count, because a
// struct's tag and a text with its own lines cannot be broken; in tests, whose cases
// are texts, no string literal counts.
func TestLinesStayShort(t *testing.T) {
	for _, path := range sources(t, ".go") {
		if strings.HasSuffix(path, ".pb.go") {
			continue
		}
		src := read(t, path)
		literals := literalsOf([]byte(src), strings.HasSuffix(path, "_test.go"))
		for i, line := range strings.Split(src, "\n") {
			if n := utf8.RuneCountInString(line) + 3*strings.Count(line, "\t") - literals[i+1]; n > longestLine {
				t.Errorf("%s:%d has %d columns; at most %d are allowed", path, i+1, n, longestLine)
			}
		}
	}
}

// literalsOf returns how many columns of each line are in raw string literals, or in all.
func literalsOf(src []byte, all bool) map[int]int {
	widths := map[int]int{}
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, nil, 0)
	for {
		pos, kind, text := s.Scan()
		if kind == token.EOF {
			return widths
		}
		if kind == token.STRING && (all || text[0] == '`') {
			for i, part := range strings.Split(text, "\n") {
				widths[file.Line(pos)+i] += utf8.RuneCountInString(part) + 3*strings.Count(part, "\t")
			}
		}
	}
}
