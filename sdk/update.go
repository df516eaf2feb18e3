package sdk

import (
	"context"
	"errors"
)

// ErrUnchanged is what the function given to [Update] returns to leave the record
// as it is.
var ErrUnchanged = errors.New("the record stays as it is")

// Update replaces one record by what edit makes of it, and returns nil once that
// is committed. It reads the record, calls edit and swaps; when another change came
// between, it starts again, tries times in all. 8 are enough where few write to one
// record at a time.
//
// edit gets the record as it is now: with Version 0 and a nil Value when there is
// none. It runs once in each try, so it does nothing that must not be done twice.
// It returns the new value; an empty one is stored, a nil one deletes the record, if
// there is any. With [ErrUnchanged] nothing is written and Update returns nil; any
// other error of edit comes back as it is.
//
// An error of the storage comes back as an [*UpdateError]. ctx is for the storage,
// which fails when it ends; edit has to look at it where it waits.
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
		case value == nil && record.Version == 0: // it is gone already
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

// UpdateError is how [Update] fails when the storage did. It wraps an [*Error] whose
// text says what became of the record, so that a function can return it as it is;
// one that has better words for its caller makes an Error of its own, by what
// failed:
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
