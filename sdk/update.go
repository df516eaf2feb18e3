package sdk

import (
	"context"
	"errors"
)

// ErrUnchanged is returned by the function given to [Update] when the record should
// not change.
var ErrUnchanged = errors.New("the record stays as it is")

// Update replaces the value of one record by the result of edit, and returns nil when
// the change is committed. It reads the record, calls edit and swaps; after a
// concurrent change it starts again, up to tries times. 8 tries are enough if few
// callers write to a record at the same time.
//
// edit gets the present record: with Version 0 and a nil Value when there is no record.
// It runs once in each try, so it must not do anything that must not happen twice. It
// returns the new value: an empty value is stored, nil deletes the record if there is
// one. With [ErrUnchanged] nothing is written and Update returns nil; any other error
// of edit is returned unchanged.
//
// An error of the storage is returned as an [*UpdateError]. ctx is for the storage,
// which fails when ctx ends; if edit waits for something, it must check ctx itself.
func Update(ctx context.Context, storage Storage, key string, tries int, edit func(Record) ([]byte, error)) error {
	for range tries {
		record, err := storage.Get(ctx, key)
		if errors.Is(err, ErrNotFound) {
			record = Record{Key: key}
		} else if err != nil {
			return &UpdateError{Reading: true, Err: err}
		}
		value, err := edit(record)
		switch {
		case errors.Is(err, ErrUnchanged):
			return nil
		case err != nil:
			return err
		case value == nil && record.Version == 0: // there is nothing to delete
			return nil
		}
		if _, err = storage.Swap(ctx, key, record.Version, value); err == nil {
			return nil
		}
		if !errors.Is(err, ErrConflict) {
			return &UpdateError{Err: err}
		}
	}
	return &UpdateError{Err: ErrConflict}
}

// UpdateError is the error of [Update] when the storage failed. It wraps an [*Error]
// whose text says whether the record changed, so that a function can return it
// unchanged. A function with a better text for its caller makes an Error of its own,
// depending on what failed:
//
//	what failed                     code         the text's beginning
//	Reading                         Unavailable  What is stored cannot be read now; nothing was changed.
//	the Swap, by ErrConflict, in    Conflict     What is stored is being changed by others at the same
//	every try                                    time; nothing was changed.
//	the Swap, by ErrFull            Full         There is no space left to store this; nothing was changed.
//	the Swap, by ErrUnknown         Unknown      Whether this was stored is not known
//	the Swap, by any other error    Unavailable  This cannot be stored now; nothing was changed.
type UpdateError struct {
	Reading bool  // the record could not be read
	Err     error // of the storage
}

func (e *UpdateError) Error() string { return e.coded().Error() }

// Unwrap returns the *Error, which has Err in its chain.
func (e *UpdateError) Unwrap() error { return e.coded() }

func (e *UpdateError) coded() *Error {
	coded := func(code Code, text string) *Error { return &Error{Code: code, Text: text, Err: e.Err} }
	switch {
	case e.Reading:
		return coded(Unavailable, "What is stored cannot be read now; nothing was changed. Try again later.")
	case errors.Is(e.Err, ErrConflict):
		return coded(Conflict, "What is stored is being changed by others at the same time; nothing was changed. Try again.")
	case errors.Is(e.Err, ErrFull):
		return coded(Full, "There is no space left to store this; nothing was changed.")
	case errors.Is(e.Err, ErrUnknown):
		return coded(Unknown, "Whether this was stored is not known: look what is stored, and try again.")
	}
	return coded(Unavailable, "This cannot be stored now; nothing was changed. Try again later.")
}
