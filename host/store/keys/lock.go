package keys

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"liveapi.host/host/store/internal/files"
)

// Lock prevents other processes from changing the keys, until unlock. It locks the
// folder of the key file, which must exist.
func (r *Ring) Lock(ctx context.Context) (unlock func(), err error) {
	if unlock, err = r.lock(ctx); err != nil {
		return nil, fmt.Errorf("key file %s: %w", r.path, err)
	}
	return unlock, nil
}

func (r *Ring) lock(ctx context.Context) (unlock func(), err error) {
	path, err := filepath.EvalSymlinks(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		path, err = r.path, nil
	}
	if err != nil {
		return nil, err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	if err := waitFor(ctx, folder, "another command changes the keys"); err != nil {
		folder.Close()
		return nil, err
	}
	return func() { folder.Close() }, nil
}

// longestLock is how long a command waits for a lock: longer than any call takes.
const longestLock = time.Minute

// The first and the longest pause between two attempts to get a lock. The lock is held
// until a record is stored, which takes about a millisecond, or by another command.
const (
	firstPause   = 200 * time.Microsecond
	longestPause = 2 * time.Millisecond
)

// waitFor locks f exclusively; its error contains why.
func waitFor(ctx context.Context, f *os.File, why string) error {
	bounded, cancel := context.WithTimeout(ctx, longestLock)
	defer cancel()
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := files.Flock(f, unix.LOCK_EX)
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-bounded.Done():
			timer.Stop()
			if err := ctx.Err(); err != nil {
				return err
			}
			return fmt.Errorf("%s, for %v now", why, longestLock)
		}
	}
}
