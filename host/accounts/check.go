package accounts

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"

	"liveapi.host/host/accounts/yamlform"
	"liveapi.host/protocol"
)

// Warning is something that [Source.Check] reports although no call fails because
// of it.
type Warning struct {
	File string
	Text string
}

func (w *Warning) Error() string { return w.File + ": warning: " + w.Text }

// Names lists the accounts that have a file, sorted. A folder that does not exist
// has no files.
func (s *Source) Names() ([]string, error) {
	names, _, err := s.files.Names()
	return names, err
}

// Check reads every file and returns all problems, in the order of the files:
// *[yamlform.Mistake] for the content of a file, other errors for a file or folder
// that cannot be used, and *[Warning] for accounts that the system does not have
// and for ignored files. If several accounts have the same domain, every one but
// the first is reported. It is for an administrator's command: it reads every file.
func (s *Source) Check(ctx context.Context) []error {
	names, others, err := s.files.Names()
	if err != nil {
		return []error{err}
	}
	var found []error
	owners := make(map[string]string)
	for _, name := range names {
		file, err := s.files.Get(name)
		if err != nil {
			found = append(found, each(err)...)
			continue
		}
		path := filepath.Join(s.path, name+".yaml")
		found = append(found, claim(owners, path, file)...)
		if _, err := s.users.Account(ctx, name); errors.Is(err, protocol.ErrNotFound) {
			found = append(found, &Warning{path, "the system has no user of this name, so nobody can call as this account"})
		} else if err != nil {
			found = append(found, err)
		}
	}
	for _, name := range others {
		found = append(found, &Warning{filepath.Join(s.path, name), "this is ignored; an account's file is called NAME.yaml"})
	}
	return found
}

// claim records the domains of a file, and returns a mistake for each domain that
// another file has, too.
func claim(owners map[string]string, path string, file *record) (found []error) {
	for _, domain := range slices.Sorted(maps.Keys(file.lines)) {
		if owner, taken := owners[domain]; taken {
			found = append(found, &yamlform.Mistake{File: path, Line: file.lines[domain], Key: domain,
				Text: "the account in " + owner + " has this domain, too; remove it from one of them"})
			continue
		}
		owners[domain] = path
	}
	return found
}

// each returns the errors that were joined.
func each(err error) []error {
	if list, ok := err.(interface{ Unwrap() []error }); ok {
		return list.Unwrap()
	}
	return []error{err}
}
