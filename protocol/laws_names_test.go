package protocol_test

import (
	"go/scanner"
	"go/token"
	"regexp"
	"strings"
	"testing"
)

// The host and the protocol name no module except the host's own, LiveAPI: everything
// that they need to know about a module is in its manifest. The bench is an exception,
// since it measures the real modules.
func TestHostNamesNoModule(t *testing.T) {
	made := regexp.MustCompile(`sdk\.Module\{\s*Name:\s*"(\w+)"|sdk\.Module\{Name:\s*"(\w+)"`)
	var names, telling []string
	for _, file := range sources(t, ".go") {
		if strings.HasPrefix(file, "../plugins/") && !strings.HasSuffix(file, "_test.go") {
			for _, m := range made.FindAllStringSubmatch(read(t, file), -1) {
				name := m[1] + m[2]
				names = append(names, name)
				if regexp.MustCompile(`[a-z][A-Z]`).MatchString(name) { // other names are also ordinary words
					telling = append(telling, name)
				}
			}
		}
	}
	if len(names) < 8 {
		t.Fatalf("only the modules %q were found", names)
	}
	inTexts := regexp.MustCompile(`\b(` + strings.Join(names, "|") + `)\b|(?i)twofactorauth`)
	inComments := regexp.MustCompile(`\b(` + strings.Join(telling, "|") + `)\b|(?i)twofactorauth`)
	for _, file := range sources(t, ".go") {
		ours := strings.HasPrefix(file, "../host/") || strings.HasPrefix(file, "../protocol/")
		if !ours || strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "../host/bench/") ||
			strings.Contains(file, "/testdata/") {
			continue
		}
		text := read(t, file)
		var s scanner.Scanner
		set := token.NewFileSet()
		s.Init(set.AddFile(file, -1, len(text)), []byte(text), nil, scanner.ScanComments)
		for {
			pos, kind, literal := s.Scan()
			if kind == token.EOF {
				break
			}
			pattern := inTexts
			if kind == token.COMMENT {
				pattern = inComments
			} else if kind != token.STRING {
				continue
			}
			if name := pattern.FindString(literal); name != "" {
				t.Errorf("%s names the module %s", set.Position(pos), name)
			}
		}
	}
}
