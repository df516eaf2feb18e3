// Package redact removes secrets from a frame, so that it can be shown in a log.
// It replaces a value by [redacted] if its name is like a secret's or if the
// module's manifest declares it as a secret. A frame that is not JSON is not shown.
//
// The words in names of secrets are in protocol/testdata/redaction; the libraries
// for PHP and Perl use the same list and the same test cases.
package redact
