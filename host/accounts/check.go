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

// Warning is something that [Source.Check] finds odd, though nothing fails by it.
type Warning struct {
	File string
	Text string
}

func (w *Warning) Error() string { return w.File + ": warning: " + w.Text }

// Names lists the accounts that have a file, in order; those of the user database
// without one are not among them. A folder that does not exist has none.
func (s *Source) Names() ([]string, error) {
	names, _, err := s.files.Names()
	return names, err
}

// Check reads every file and returns all that is not right, in the order of the
// files: *[yamlform.Mistake] for what a file says, other errors for a file or
// folder that may not be used, and *[Warning] for accounts that the system does
// not have and for what is not looked at. A domain that several accounts claim
// is reported at each of them but the first. It is for an administrator's
// command: it takes as long as reading every file.
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
			found = append(found, &Warning{path, "the system has no user of this name, so no caller is this account"})
		} else if err != nil {
			found = append(found, err)
		}
	}
	for _, name := range others {
		found = append(found, &Warning{filepath.Join(s.path, name), "this is not looked at; the files of accounts are called NAME.yaml"})
	}
	return found
}

// claim notes the domains of a file, and returns what is wrong with those that
// another file has, too.
func claim(owners map[string]string, path string, file *record) (found []error) {
	for _, domain := range slices.Sorted(maps.Keys(file.lines)) {
		if owner, taken := owners[domain]; taken {
			found = append(found, &yamlform.Mistake{File: path, Line: file.lines[domain], Key: domain,
				Text: "this is a domain of the account in " + owner + ", too; leave it to one of them"})
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
