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

// Files returns README.md, the pages of the modules sorted by name, and
// openapi.json.
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

// Markdown returns the index and every page, as one text.
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

// WriteFolder writes the files of the reference into a folder, which it creates if
// necessary. It never replaces a file that it has not written: in that case it
// writes nothing, and the error names the file. With whole set, it removes pages of
// an earlier reference that this reference does not have.
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
		return fmt.Errorf("create the folder of the reference: %w", err)
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

// replaceable returns an error unless the path is free or has a file that this
// package has written.
func replaceable(path string) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("check the existing file: %w", err)
	}
	if bytes.HasPrefix(text, []byte(mark)) {
		return nil
	}
	begin, ours := text[:min(len(text), 200)], []byte(`"x-generator": "`+generator+`"`)
	if strings.HasSuffix(path, ".json") && bytes.Contains(begin, ours) {
		return nil
	}
	return fmt.Errorf("%s was not written by %s, so it is not replaced: move it, or choose another folder", path, generator)
}
