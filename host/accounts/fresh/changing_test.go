package fresh

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestFileChangesWhileItIsRead: the read starts again, and fails after the last
// attempt. trust is called between the stat and the read.
func TestFileChangesWhileItIsRead(t *testing.T) {
	for changes, wanted := range map[int]string{1: "v0", 3: "v2", 4: "", 1000: ""} {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, []byte("xx"), 0o600); err != nil {
			t.Fatal(err)
		}
		f := NewFile(path, 100, time.Now, func(_ string, data []byte) (*string, error) {
			text := string(data)
			return &text, nil
		})
		asked := 0
		f.trust = func(*os.File) error {
			if asked++; asked > changes {
				return nil
			}
			at := time.Unix(int64(asked), 0) // the size stays, and the kernel's tick may
			if err := os.WriteFile(path, []byte{'v', '0' + byte((asked-1)%10)}, 0o600); err != nil {
				return err
			}
			return os.Chtimes(path, at, at)
		}
		text, err := f.Get()
		switch {
		case wanted != "" && (err != nil || *text != wanted):
			t.Errorf("%d changes: %v, %v", changes, text, err)
		case wanted == "" && (err == nil || !strings.HasSuffix(err.Error(), "f changes all the time; write a new file in the same folder and rename it")):
			t.Errorf("%d changes: %v, %v", changes, text, err)
		}
	}
}
