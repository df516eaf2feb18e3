package app

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"liveapi.host/host/store/keys"
)

// credential is the prefix for a key file that is a credential of systemd.
const credential = "credential:"

// kmsSettings name the program that wraps the keys in the key file.
type kmsSettings struct {
	Command []string      `yaml:"command"` // the absolute path, and the first arguments
	Timeout time.Duration `yaml:"timeout"` // of one run
}

func (k kmsSettings) check() error {
	switch {
	case len(k.Command) == 0 && k.Timeout != 0:
		return errors.New("kms: timeout is set, but command is not")
	case len(k.Command) > 0 && !filepath.IsAbs(k.Command[0]):
		return fmt.Errorf("kms: command begins with %q; the absolute path of a program is needed", k.Command[0])
	case k.Timeout < 0 || k.Timeout > 50*time.Second:
		return fmt.Errorf("kms: timeout is %v; up to 50s are allowed", k.Timeout)
	}
	return nil
}

// placeKey makes the path of the key file absolute, and refuses an invalid name of a
// credential.
func (s *Settings) placeKey() (err error) {
	name, is := strings.CutPrefix(s.Key, credential)
	switch {
	case is && (name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00")):
		return fmt.Errorf("the key is %q; a credential is named as in LoadCredential=, without slashes", s.Key)
	case is:
		return nil
	case s.Key == "":
		s.Key = filepath.Join(s.State, "liveapi.key")
	}
	s.Key, err = filepath.Abs(s.Key)
	return err
}

// keyRing returns the key ring, which seals and opens records.
func (a *App) keyRing() (*keys.Ring, error) {
	var options []keys.Option
	if len(a.KMS.Command) > 0 {
		options = append(options, keys.WrappedBy(&keys.Adapter{Command: a.KMS.Command, Timeout: a.KMS.Timeout}))
	}
	path := a.Key
	if name, is := strings.CutPrefix(a.Key, credential); is {
		folder := os.Getenv("CREDENTIALS_DIRECTORY")
		if !filepath.IsAbs(folder) {
			return nil, fmt.Errorf("the key is the credential %q, but $CREDENTIALS_DIRECTORY is not set: start this as a service of "+
				"systemd with LoadCredential=%s:…, or name the file with --key", name, name)
		}
		path, options = filepath.Join(folder, name), append(options, keys.Provided())
	}
	return keys.NewRing(path, rand.Reader, options...), nil
}
