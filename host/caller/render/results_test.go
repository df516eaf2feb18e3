package render

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"liveapi.host/protocol/liveapi"
)

var update = flag.Bool("update", false, "write the sections cli.* of the golden results anew")

// U5, U §5: the output of uapi and cpapi2 for each golden result that they can
// receive. The envelope comes with the wire's escapes (W8).
func TestU5GoldenResults(t *testing.T) {
	paths, err := filepath.Glob("../../../protocol/testdata/results/*.txtar")
	if err != nil || len(paths) < 10 {
		t.Fatalf("%d golden results, %v", len(paths), err)
	}
	printed := 0
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		envelope := section(archive, "uapi")
		if envelope == nil {
			envelope = section(archive, "api2")
		}
		if envelope == nil {
			continue // API 1 and conditions are not called from a shell
		}
		printed++
		t.Run(filepath.Base(path), func(t *testing.T) {
			answer := onWire(t, envelope.Data)
			before := txtar.Format(archive)
			for _, name := range Names() {
				format, _ := Named(name)
				text, err := format(answer, Palette{})
				if err != nil {
					t.Fatal(err)
				}
				checkSection(t, archive, "cli."+name, text)
			}
			if after := txtar.Format(archive); *update && !bytes.Equal(before, after) {
				if err := os.WriteFile(path, after, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	if printed < 10 {
		t.Errorf("only %d results were printed", printed)
	}
}

// onWire returns an envelope as a caller receives it.
func onWire(t *testing.T, envelope []byte) json.RawMessage {
	t.Helper()
	reply, err := liveapi.AppendReply(nil, bytes.TrimSpace(envelope), 0)
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := bytes.Cut(reply, []byte("<cpanelresult>"))
	return bytes.TrimSuffix(body, []byte("</cpanelresult>\n"))
}

func section(archive *txtar.Archive, name string) *txtar.File {
	for i := range archive.Files {
		if archive.Files[i].Name == name {
			return &archive.Files[i]
		}
	}
	return nil
}

func checkSection(t *testing.T, archive *txtar.Archive, name string, text []byte) {
	t.Helper()
	file := section(archive, name)
	switch {
	case *update && file == nil:
		archive.Files = append(archive.Files, txtar.File{Name: name, Data: text})
	case *update:
		file.Data = text
	case file == nil:
		t.Errorf("there is no section %s; write it with -update", name)
	case !bytes.Equal(file.Data, text):
		t.Errorf("%s:\n%s\nwant\n%s", name, text, file.Data)
	}
}
