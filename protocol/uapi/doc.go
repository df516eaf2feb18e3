// Package uapi has the forms in which callers see UAPI results and arguments:
// the envelopes around a [protocol.Result] (U1 to U5), the error texts that
// callers match (U §4), the rules that turn JSON, a command line or a query
// string into arguments (U7 to U9), and the output modifiers that a host applies
// to any module's result (U10 to U15).
//
// Every function is pure. The package has no transport: the LiveAPI frame around an
// envelope is package liveapi. Raw JSON of a module is checked, made compact (U2) and
// escaped for that frame (W8) in one pass over its bytes; it is never decoded and
// encoded again.
//
// A door is an entrance for callers. It needs one function for its replies:
// [Append]. Append always makes a complete reply, also when a module returned
// something that is not a result. The other Append functions append to dst and return
// it, too; on an error they return dst unchanged.
//
// # Output modifiers
//
// A host checks with [HasModifiers] whether a call may have any, decodes them with
// [DecodeModifiers] before it runs the function, and passes the result to
// [Modifiers.Apply]. Apply walks the data once, reads only the columns that a filter
// or a sort key names, and copies the kept rows:
//
//	args:   {"api.filter_column":"user","api.filter_term":"a","api.paginate_size":2}
//	data:   [{"user":"ann"},{"user":"bob"},{"user":"Al"},{"user":"eva"}]
//	result: [{"user":"ann"},{"user":"Al"}], and metadata with 4 rows before the filter and 3 after it
//
// Where the specification has no rule, the package does the following.
//
//   - A kind of modifiers is on when one of its arguments has a text, unless its
//     switch, such as api.sort, is 0. Modifiers that are off are not checked. A
//     switch alone does nothing, except api.paginate, which has defaults. An
//     empty text is the same as no argument.
//   - A modifier without a number comes before those with numbers. It belongs to
//     its own group: api.sort_reverse is for api.sort_column, api.sort_reverse_1
//     for api.sort_column_1. A group without its column is an error.
//   - A value is compared by its text (U7). Missing and null values have the
//     empty text for filters, and are unreadable for every sort method. Objects and
//     lists have their compact JSON as text. Of two members of the same name the
//     last counts.
//   - A number is digits with an optional sign, an optional point and an optional
//     exponent of up to nine digits. Comparison is exact for any size.
//   - metadata.paginate has the values that were requested, also past the end. An
//     empty list has 0 pages. With a start of -1, results_per_page is the number of
//     rows.
//   - At most 64 filters, 8 columns to sort by and 64 columns to keep; a regular
//     expression has at most 1000 bytes and 1000 instructions; start, page and
//     size are at most 1,000,000,000.
//   - A failed result is not changed.
package uapi
