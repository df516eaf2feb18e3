package fresh_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"liveapi.host/host/accounts/fresh"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(text), 0o644))
	must(t, os.Chmod(path, 0o644))
}

// reader counts how often it is asked.
type reader struct {
	mu    sync.Mutex
	asked int
}

func (r *reader) decode(_ string, data []byte) (*string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	text := string(data)
	if strings.HasPrefix(text, "bad") {
		return nil, errors.New("it begins with bad")
	}
	return &text, nil
}

func later() time.Time { return time.Now().Add(time.Hour) }

// setTimes sets a file's times.
func setTimes(t testing.TB, path string, at time.Time) {
	t.Helper()
	must(t, os.Chtimes(path, at, at))
}

// TestFileIsReadOnce: while nothing changes, Get returns the same pointer without a
// second read; an error of decode is cached, too.
func TestFileIsReadOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	r := new(reader)
	f := fresh.NewFile(path, 100, later, r.decode)
	if _, err := f.Get(); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("no file: %v", err)
	}
	write(t, path, "one")
	first, err := f.Get()
	must(t, err)
	for range 3 {
		if again, err := f.Get(); err != nil || again != first {
			t.Errorf("%p %v, not %p", again, err, first)
		}
	}
	if *first != "one" || r.asked != 1 {
		t.Errorf("%q after %d readings", *first, r.asked)
	}
	write(t, path, "bad")
	setTimes(t, path, time.Unix(1000, 0))
	_, one := f.Get()
	_, two := f.Get()
	if one == nil || one != two || r.asked != 2 {
		t.Errorf("%v, %v after %d readings", one, two, r.asked)
	}
}

// TestFileChanges: every way to change a file without changing its size is detected.
func TestFileChanges(t *testing.T) {
	old := time.Unix(1_000_000, 0)
	for name, change := range map[string]func(t *testing.T, path string){
		"written in place": func(t *testing.T, path string) { write(t, path, "two") },
		"with the old modification time": func(t *testing.T, path string) {
			write(t, path, "two")
			setTimes(t, path, old)
		},
		"replaced by rename": func(t *testing.T, path string) {
			write(t, path+".new", "two")
			setTimes(t, path+".new", old)
			must(t, os.Rename(path+".new", path))
		},
		"removed and made again": func(t *testing.T, path string) {
			must(t, os.Remove(path))
			write(t, path, "two")
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "f")
			f := fresh.NewFile(path, 100, later, new(reader).decode)
			write(t, path, "one")
			setTimes(t, path, old)
			if text, err := f.Get(); err != nil || *text != "one" {
				t.Fatal(text, err)
			}
			nextTick(t, path)
			change(t, path)
			if text, err := f.Get(); err != nil || *text != "two" {
				t.Errorf("%v %v, not two", *text, err)
			}
		})
	}
}

// nextTick waits until a new file gets another change time than this one has.
func nextTick(t *testing.T, path string) {
	t.Helper()
	other := path + ".tick"
	defer os.Remove(other)
	for begin := changed(t, path); ; {
		write(t, other, "")
		if changed(t, other) != begin {
			return
		}
	}
}

func changed(t *testing.T, path string) int64 {
	t.Helper()
	var s unix.Stat_t
	must(t, unix.Lstat(path, &s))
	return s.Ctim.Nano()
}

// TestFileOfThisMoment: a file that has just changed may change again without a new
// ctime, so it is read each time until tick has passed.
func TestFileOfThisMoment(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	write(t, path, "one")
	now := time.Now()
	r := new(reader)
	f := fresh.NewFile(path, 100, func() time.Time { return now }, r.decode)
	for n := 1; n <= 3; n++ {
		if _, err := f.Get(); err != nil || r.asked != n {
			t.Fatalf("%d readings, not %d; %v", r.asked, n, err)
		}
	}
	now = now.Add(3 * time.Second)
	for range 3 {
		if _, err := f.Get(); err != nil || r.asked != 4 {
			t.Errorf("%d readings, not 4; %v", r.asked, err)
		}
	}
}

// TestFileBounds: a file of the largest size is read; a larger one and anything but
// a regular file are refused.
func TestFileBounds(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	f := fresh.NewFile(path, 100, later, new(reader).decode)
	write(t, path, strings.Repeat("x", 100))
	if text, err := f.Get(); err != nil || len(*text) != 100 {
		t.Errorf("100 bytes: %v", err)
	}
	write(t, path, strings.Repeat("x", 101))
	refused(t, f, path+" has 101 bytes; at most 100 are read")

	must(t, os.Remove(path))
	must(t, os.Mkdir(path, 0o755))
	refused(t, f, path+" is a folder, so it is not used")

	must(t, os.Remove(path))
	must(t, unix.Mkfifo(path, 0o644))
	refused(t, f, path+" is a named pipe, so it is not used") // without blocking

	must(t, os.Remove(path))
	write(t, path+".real", "linked")
	must(t, os.Symlink(path+".real", path))
	if text, err := f.Get(); err != nil || *text != "linked" {
		t.Errorf("a link: %v", err)
	}
}

func refused(t testing.TB, f interface{ Get() (*string, error) }, says string) {
	t.Helper()
	if text, err := f.Get(); err == nil || !strings.Contains(err.Error(), says) || text != nil {
		t.Errorf("the error is %q, not %q", err, says)
	}
}

// TestFileWhileItIsWritten: a reader gets one complete state of a file that is being
// replaced, and at the end the last state.
func TestFileWhileItIsWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	write(t, path, strings.Repeat("a", 5000))
	f := fresh.NewFile(path, 1<<20, time.Now, new(reader).decode)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 300 {
			text := strings.Repeat(string(rune('a'+i%26)), 4000+i)
			if os.WriteFile(path+".new", []byte(text), 0o644) != nil || os.Rename(path+".new", path) != nil {
				return
			}
		}
	}()
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				text, err := f.Get()
				if err != nil || strings.Trim(*text, (*text)[:1]) != "" {
					t.Errorf("%v, or half a file", err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	readers.Wait()
	if text, err := f.Get(); err != nil || len(*text) != 4299 {
		t.Errorf("%d bytes at the end, %v", len(*text), err)
	}
}
