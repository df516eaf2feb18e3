// Package render prints the JSON of a reply in the formats of uapi and cpapi2
// (U §5): yaml, json, jsonpretty and xml.
//
// No format loses anything: members keep their order, numbers their literal text,
// and a string that looks like something else comes back as the string that it
// was. Of two members of one name the last one counts, as for JSON's readers.
//
// XML is written down in xml.go. Everything here is a pure function, but for
// [Colour], which looks at a terminal and the environment.
package render
