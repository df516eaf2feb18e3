package reference

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// File is one file of the reference.
type File struct {
	Name string // such as "README.md", without a folder
	Text []byte
}

const (
	indexFile    = "README.md"
	documentFile = "openapi.json"
)

// Files are README.md, the pages of the modules by name, and openapi.json.
func (r *Reference) Files() ([]File, error) {
	files, err := r.pages()
	if err != nil {
		return nil, err
	}
	document, err := r.OpenAPI()
	return append(files, File{documentFile, document}), err
}

func (r *Reference) pages() ([]File, error) {
	index, err := r.Index()
	if err != nil {
		return nil, err
	}
	files := []File{{indexFile, index}}
	for _, m := range r.modules {
		text, err := page(m)
		if err != nil {
			return nil, err
		}
		files = append(files, File{pageName(m.Module), text})
	}
	return files, nil
}

// Markdown is the index and every page, as one text.
func (r *Reference) Markdown() ([]byte, error) {
	files, err := r.pages()
	if err != nil {
		return nil, err
	}
	var texts [][]byte
	for _, f := range files {
		texts = append(texts, f.Text)
	}
	return bytes.Join(texts, []byte("\n")), nil
}

// WriteFolder writes the files of the reference into a folder, which it makes
// when it is not there. A file of another origin is never replaced: then nothing
// is written, and the error names it. With whole set, pages that an earlier
// reference has left there and this one has not are removed.
func (r *Reference) WriteFolder(dir string, whole bool) error {
	files, err := r.Files()
	if err != nil {
		return err
	}
	ours := make(map[string]bool)
	for _, f := range files {
		ours[f.Name] = true
		if err := replaceable(filepath.Join(dir, f.Name)); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the folder of the reference: %w", err)
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Text, 0o644); err != nil {
			return fmt.Errorf("write the reference: %w", err)
		}
	}
	if !whole {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look for old pages: %w", err)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if ours[e.Name()] || !e.Type().IsRegular() || !strings.HasSuffix(path, ".md") || replaceable(path) != nil {
			continue
		}
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("remove an old page: %w", err)
		}
	}
	return nil
}

// replaceable returns an error unless nothing stands at a path, or a file that
// was written here.
func replaceable(path string) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at what is there: %w", err)
	}
	if bytes.HasPrefix(text, []byte(mark)) {
		return nil
	}
	if begin := text[:min(len(text), 200)]; strings.HasSuffix(path, ".json") && bytes.Contains(begin, []byte(`"x-generator": "`+generator+`"`)) {
		return nil
	}
	return fmt.Errorf("%s was not written by %s, and is left alone: move it, or choose another folder", path, generator)
}
