// Package redact says what of a frame may be shown in a log. Whatever may be a
// secret by its name, or is one by its module's manifest, is replaced by
// [redacted]; what is not JSON is not shown at all.
//
// The words by which a name tells are protocol/testdata/redaction's; the
// libraries for PHP and Perl hold to the same list and the same cases.
package redact
