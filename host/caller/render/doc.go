// Package render prints the JSON of a response in the formats of uapi and cpapi2
// (U §5): yaml, json, jsonpretty and xml.
//
// No format loses anything: members keep their order and numbers their literal text,
// and a string that looks like a number or a date reads back as a string. Of two
// members of the same name the last one counts, as in readers of JSON.
//
// The form of the XML is documented in xml.go. Everything here is a pure function,
// except [Colour], which looks at a terminal and the environment.
package render
