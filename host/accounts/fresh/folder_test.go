package fresh_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"liveapi.host/host/accounts/fresh"
)

// newFolder creates a folder PARENT/folder with the file ann.txt.
func newFolder(t testing.TB) (f *fresh.Folder[string], path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "parent", "folder")
	must(t, os.MkdirAll(path, 0o755))
	write(t, filepath.Join(path, "ann.txt"), "ann")
	return fresh.NewFolder(path, ".txt", 100, later, new(reader).decode), path
}

func got(t testing.TB, f *fresh.Folder[string], name, wanted string) {
	t.Helper()
	if text, err := f.Get(name); err != nil || *text != wanted {
		t.Errorf("%s: %v", name, err)
	}
}

func missing(t testing.TB, f *fresh.Folder[string], name string) {
	t.Helper()
	if text, err := f.Get(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%q: %v %v", name, text, err)
	}
}

func folderRefuses(t testing.TB, f *fresh.Folder[string], name, says string) {
	t.Helper()
	text, err := f.Get(name)
	if err == nil || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), says) || text != nil {
		t.Errorf("%s: %q does not say %q", name, err, says)
	}
}

func chmod(t testing.TB, path string, mode os.FileMode) {
	t.Helper()
	must(t, os.Chmod(path, mode))
}

// TestFolderComesAndGoes: files and the folder itself may be created and removed.
func TestFolderComesAndGoes(t *testing.T) {
	f, path := newFolder(t)
	got(t, f, "ann", "ann")
	missing(t, f, "bob")
	write(t, filepath.Join(path, "bob.txt"), "bob")
	got(t, f, "bob", "bob")
	must(t, os.Remove(filepath.Join(path, "bob.txt")))
	missing(t, f, "bob")
	must(t, os.Rename(path, path+".away"))
	missing(t, f, "ann")
	if names, others, err := f.Names(); names != nil || others != nil || err != nil {
		t.Errorf("no folder: %q %q %v", names, others, err)
	}
	must(t, os.Rename(path+".away", path))
	got(t, f, "ann", "ann")
}

// TestFolderNamesAreNoPaths: a name reaches only files of the folder.
func TestFolderNamesAreNoPaths(t *testing.T) {
	f, path := newFolder(t)
	must(t, os.Mkdir(filepath.Join(path, "sub"), 0o755))
	for _, name := range []string{"", ".", "..", "../x", "sub/x", ".hidden", "#1001", "-x", "a b", "a\x00", "é", "a\n", `a\b`, "@x", strings.Repeat("x", 241)} {
		if file := filepath.Join(path, name+".txt"); !strings.ContainsRune(name, 0) && len(name) < 200 {
			write(t, file, "reached")
		}
		missing(t, f, name)
		if fresh.SafeName(name) {
			t.Errorf("%q passes", name)
		}
	}
	for _, name := range []string{"a", "7", "_apt", "www-data", "ann.b", "host$", "ann@example.com", "Ann", "a..b", strings.Repeat("x", 240)} {
		write(t, filepath.Join(path, name+".txt"), "reached")
		got(t, f, name, "reached")
	}
}

// TestFolderModes: a file that an untrusted user could have changed is not used, and
// a file that such a user could have removed is not reported as missing.
func TestFolderModes(t *testing.T) {
	file := func(path string) string { return filepath.Join(path, "ann.txt") }
	own := func(path string) string { return path }
	for _, c := range []struct {
		name   string
		on     func(path string) string
		mode   os.FileMode
		says   string // the error; "": no error; % is the path
		absent bool   // names without a file are refused, too
	}{
		{"file open to all", file, 0o666, "% may be changed by others (mode 0666), so it is not used; run: chmod go-w %", false},
		{"file open to its group", file, 0o664, "% may be changed by others (mode 0664)", false},
		{"file of the owner alone", file, 0o600, "", false},
		{"folder open to all", own, 0o777, "% may be changed by others (mode 0777), so it is not used; run: chmod go-w %", true},
		{"folder open to its group", own, 0o775, "% may be changed by others (mode 0775)", true},
		{"folder open to all, but sticky", own, 0o777 | os.ModeSticky, "% may be changed by others", true},
		{"folder of the owner alone", own, 0o700, "", false},
		{"parent open to all", filepath.Dir, 0o777, "which everybody may change, so it is not used; run: chmod o-w %", true},
		{"parent open to all, but sticky", filepath.Dir, 0o777 | os.ModeSticky, "", false},
		{"parent open to its group", filepath.Dir, 0o775, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, path := newFolder(t)
			chmod(t, c.on(path), c.mode)
			says := strings.ReplaceAll(c.says, "%", c.on(path))
			if c.says == "" {
				got(t, f, "ann", "ann")
				missing(t, f, "bob")
				return
			}
			folderRefuses(t, f, "ann", says)
			if c.absent {
				folderRefuses(t, f, "bob", says)
				if _, _, err := f.Names(); err == nil || !strings.Contains(err.Error(), says) {
					t.Errorf("the names: %v", err)
				}
			}
			chmod(t, c.on(path), 0o700) // fixed: it works at once
			got(t, f, "ann", "ann")
			missing(t, f, "bob")
		})
	}
}

// TestFolderIsOpenedLater: a folder or file that was trusted is refused once its mode
// has changed.
func TestFolderIsOpenedLater(t *testing.T) {
	f, path := newFolder(t)
	got(t, f, "ann", "ann")
	missing(t, f, "bob")
	chmod(t, path, 0o777)
	folderRefuses(t, f, "bob", path+" may be changed by others")
	nextTick(t, filepath.Join(path, "ann.txt"))
	chmod(t, filepath.Join(path, "ann.txt"), 0o666)
	folderRefuses(t, f, "ann", "ann.txt may be changed by others")
}

// TestFolderOwner: files and folder belong to root or to the process's user.
func TestFolderOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away; run this as root")
	}
	f, path := newFolder(t)
	file := filepath.Join(path, "ann.txt")
	must(t, os.Chown(file, 65534, 65534))
	folderRefuses(t, f, "ann", file+" belongs to user 65534, neither to root nor to you, so it is not used; run: chown 0 "+file)
	must(t, os.Chown(file, 0, 65534))
	got(t, f, "ann", "ann")
	must(t, os.Chown(path, 65534, 0))
	write(t, filepath.Join(path, "bob.txt"), "bob")
	folderRefuses(t, f, "bob", path+" belongs to user 65534")
	folderRefuses(t, f, "nobody", path+" belongs to user 65534")
	must(t, os.Chown(path, 0, 0))
	got(t, f, "bob", "bob")
}

// TestFolderLinks: the folder may be a link to a trusted folder; a file must not be
// a link.
func TestFolderLinks(t *testing.T) {
	_, path := newFolder(t)
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(path, link))
	f := fresh.NewFolder(link, ".txt", 100, later, new(reader).decode)
	got(t, f, "ann", "ann")
	must(t, os.Symlink("ann.txt", filepath.Join(path, "bob.txt")))
	folderRefuses(t, f, "bob", filepath.Join(link, "bob.txt")+" is a symbolic link, so it is not used; put a regular file there")
	must(t, os.Symlink("nothing", filepath.Join(path, "cat.txt")))
	folderRefuses(t, f, "cat", "is a symbolic link")
	chmod(t, filepath.Dir(path), 0o777)
	write(t, filepath.Join(path, "dan.txt"), "dan")
	folderRefuses(t, f, "dan", "lies in "+filepath.Dir(path)+", which everybody may change")
	chmod(t, filepath.Dir(path), 0o755)

	_, other := newFolder(t)
	write(t, filepath.Join(other, "ann.txt"), "other")
	must(t, os.Remove(link))
	must(t, os.Symlink(other, link))
	got(t, f, "ann", "other")
}

// TestFolderThatIsAFile: a file at the folder's path is an error, not an empty folder.
func TestFolderThatIsAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder")
	write(t, path, "")
	f := fresh.NewFolder(path, ".txt", 100, later, new(reader).decode)
	folderRefuses(t, f, "ann", "not a directory")
	if _, _, err := f.Names(); err == nil || !strings.Contains(err.Error(), path+" is not a folder") {
		t.Errorf("the names: %v", err)
	}
}

// TestFolderErrorsOfDecode: Get returns the error of decode.
func TestFolderErrorsOfDecode(t *testing.T) {
	f, path := newFolder(t)
	write(t, filepath.Join(path, "bob.txt"), "bad")
	folderRefuses(t, f, "bob", "it begins with bad")
}

// TestFolderNames: the sorted names, and the other files.
func TestFolderNames(t *testing.T) {
	f, path := newFolder(t)
	for _, name := range []string{"ann-b.txt", "zed.txt", ".hidden.txt", "bob.yml", "c d.txt", "x.txt~"} {
		write(t, filepath.Join(path, name), "")
	}
	names, others, err := f.Names()
	if !slices.Equal(names, []string{"ann", "ann-b", "zed"}) || !slices.Equal(others, []string{"bob.yml", "c d.txt", "x.txt~"}) || err != nil {
		t.Errorf("%q, %q, %v", names, others, err)
	}
}
