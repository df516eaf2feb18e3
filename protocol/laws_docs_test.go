package protocol_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"strings"
	"testing"
)

// A package comment says what the package is for and what it is not. The test can only
// look for signs of that: two sentences or more, and one word that draws a border.
// Packages below testdata are left out.
func TestPackageCommentsDrawABorder(t *testing.T) {
	border := regexp.MustCompile(`(?i)\b(not|no|never|none|nothing|nobody|neither|without|only|cannot|alone|elsewhere)\b`)
	comments := make(map[string]string) // by folder
	for _, file := range sources(t, ".go") {
		if strings.HasSuffix(file, "_test.go") || strings.Contains(file, "/testdata/") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(err)
		}
		comments[path.Dir(file)] += packageComment(parsed)
	}
	for folder, text := range comments {
		if text = strings.Join(strings.Fields(text), " "); strings.Count(text+" ", ". ") < 2 || !border.MatchString(text) {
			t.Errorf("%s: the package comment must say what the package is for and, in another sentence, what it is not: %q", folder, text)
		}
	}
}

// packageComment returns the text of a file's package comment.
func packageComment(file *ast.File) string {
	if file.Doc == nil {
		return ""
	}
	return file.Doc.Text()
}
