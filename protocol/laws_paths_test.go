package protocol_test

import (
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A law about texts: every file and folder of the repository that comments and docs
// name exists.

var (
	// pathWord is a word that may be a path.
	pathWord = regexp.MustCompile(`[\pL\pN_.~$*:/…-]+`)

	// ending matches the files that people write in this repository.
	ending = regexp.MustCompile(`\.(go|md|pm|pl|php|t|tt|txtar|proto)$`)
)

// elsewhere matches paths that are not in this repository.
var elsewhere = regexp.MustCompile(strings.Join([]string{
	`^[/~$]`,      // on the user's machine
	`://`,         // on the Web
	`^\.[a-z.]+$`, // an ending alone, such as .html.tt
	`^(\.\./)*bin(/|$)|^examples/login/passwords$`,                 // made by make, and by the reader
	`^Cpanel/API/|^Name\.pm$`,                                      // a custom module in Perl, as callers and authors know it
	`^(script|hello|page|your-page)\.(live\.|html\.)?(php|pl|tt)$`, // a page or a script of the reader's own
}, "|"))

func TestPathsOfCommentsAndDocs(t *testing.T) {
	known := make(map[string]bool) // files and folders, from the root
	for _, p := range sources(t, "") {
		for p = strings.TrimPrefix(p, "../"); p != "."; p = path.Dir(p) {
			known[p] = true
		}
	}
	claims := 0
	for _, file := range sources(t, ".go", ".md", ".php", ".pm", ".pl", ".t") {
		name := strings.TrimPrefix(file, "../")
		for n, line := range prose(t, file) {
			for _, word := range paths(line, path.Dir(name), known) {
				if claims++; !exists(word, name, known) {
					t.Errorf("%s:%d names %s, which is not there, or in several folders", name, n+1, word)
				}
			}
		}
	}
	if claims < 200 {
		t.Errorf("only %d paths were found", claims)
	}
}

// paths returns the words of a text in a folder that look like paths of the
// repository: they begin with the name of something at its root or in the folder, or
// end like one of its files.
func paths(text, folder string, known map[string]bool) (found []string) {
	for _, word := range pathWord.FindAllString(text, -1) {
		word = strings.TrimRight(word, ".:…/-")
		word = strings.TrimPrefix(strings.TrimPrefix(word, "…/"), "liveapi.host/")
		first, _, slash := strings.Cut(word, "/")
		if (slash && (known[first] || known[path.Join(folder, first)]) || ending.MatchString(word)) && !elsewhere.MatchString(word) {
			found = append(found, word)
		}
	}
	return found
}

// exists looks for a path from the root, from the folder of the file that names
// it, and as the only path with this end. A Go comment that names a Go file without
// a folder means a file of its own package.
func exists(word, from string, known map[string]bool) bool {
	for _, folder := range []string{".", path.Dir(from)} {
		place := path.Join(folder, word)
		if known[place] {
			return true
		}
		if strings.Contains(word, "*") {
			if matches, err := filepath.Glob("../" + place); err == nil && len(matches) > 0 {
				return true
			}
		}
	}
	if strings.HasSuffix(from, ".go") && strings.HasSuffix(word, ".go") && !strings.Contains(word, "/") {
		return false
	}
	count := 0
	for p := range known {
		if strings.HasSuffix(p, "/"+word) {
			count++
		}
	}
	return count == 1
}

// prose returns the lines of a file without its code: all of a page, and the
// comments of a program.
func prose(t *testing.T, file string) []string {
	t.Helper()
	text := read(t, file)
	lines := strings.Split(text, "\n")
	switch filepath.Ext(file) {
	case ".md":
	case ".go":
		return commentsOfGo(t, file, len(lines))
	case ".php":
		comment := regexp.MustCompile(`(?:^|\s)(?://|#|/?\*+)(.*)`)
		for i, line := range lines {
			lines[i] = strings.Join(comment.FindStringSubmatch(line), "\n")
		}
	default: // Perl, with its pod
		comment, pod := regexp.MustCompile(`(?:^|\s)#.*`), false
		for i, line := range lines {
			if strings.HasPrefix(line, "=") {
				pod = !strings.HasPrefix(line, "=cut")
			}
			if !pod {
				lines[i] = comment.FindString(line)
			}
		}
	}
	return lines
}

func commentsOfGo(t *testing.T, file string, length int) []string {
	t.Helper()
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	lines := make([]string, length)
	for _, group := range parsed.Comments {
		for _, c := range group.List {
			at := set.Position(c.Pos()).Line - 1
			for i, line := range strings.Split(c.Text, "\n") {
				lines[at+i] += line
			}
		}
	}
	return lines
}
