// Package uapi is what a UAPI result and its arguments look like to callers:
// the envelopes around a [protocol.Result] (U1 to U5), the error texts that
// callers match (U §4), the rules that turn JSON, a command line or a query
// string into arguments (U7 to U9), and the output modifiers that a host applies
// to any module's result (U10 to U15).
//
// Everything is a pure function. The package knows no transport: the LiveAPI
// frame around an envelope is package liveapi. Raw JSON of a module is checked, made
// compact (U2) and escaped as that frame wants it (W8) in one pass over its bytes; it
// is never decoded and encoded again.
//
// A door, which is where callers come in, needs one function for its answers:
// [Append]. It always has an answer, also for what a module gives that is no
// result. The other Append functions append to dst and return it, too; on an error
// dst comes back as it was.
//
// # Output modifiers
//
// A host asks [HasModifiers] whether a call may have any, decodes them with
// [DecodeModifiers] before it runs the function, and lets [Modifiers.Apply] work
// on the result. Apply walks the data once, reads only the columns that a filter
// or a sort key names, and writes the rows that stay from their own bytes:
//
//	args:   {"api.filter_column":"user","api.filter_term":"a","api.paginate_size":2}
//	data:   [{"user":"ann"},{"user":"bob"},{"user":"Al"},{"user":"eva"}]
//	result: [{"user":"ann"},{"user":"Al"}], and metadata that tells of 4 and of 3 rows
//
// What the specification leaves open is decided as follows.
//
//   - A kind of modifiers is on when one of its arguments has a text, unless its
//     switch, such as api.sort, is 0. What is switched off is not checked. A
//     switch alone has nothing to do, except api.paginate, which has defaults. An
//     empty text is as good as none.
//   - A modifier without a number stands before those with numbers. It belongs to
//     its own group: api.sort_reverse is for api.sort_column, api.sort_reverse_1
//     for api.sort_column_1. A part of a group without its column is an error.
//   - A value is read by its text form (U7). Missing and null values have the
//     empty text for filters, and cannot be read by any sort method. Objects and
//     lists have their compact JSON as text. Of two members of one name the last
//     counts.
//   - Numbers have a sign or none, digits with a point or none, and an exponent of
//     up to nine digits or none. They compare exactly, whatever their size.
//   - metadata.paginate says what was asked for, also past the end. An empty list
//     has 0 pages. With a start of -1, results_per_page is the number of rows.
//   - At most 64 filters, 8 columns to sort by and 64 columns to keep; a regular
//     expression has at most 1000 bytes and 1000 instructions; start, page and
//     size are at most 1,000,000,000.
//   - A failed result stays as it is.
package uapi
