// Package reference writes the reference of what a host serves, from the
// modules' manifests and nothing else: a page for each module in Markdown, and
// one OpenAPI 3.1 document of the HTTP door, /execute/Module/function (U §6).
//
// Everything is a function of the manifests: the same ones give the same bytes,
// and no date, machine or version of this program is in them. Error texts and
// envelopes are not written down a second time; they come out of package uapi,
// which answers calls with them. Texts of a manifest are a stranger's: they
// are escaped, so that none of them becomes markup. [WriteFolder] is the only
// part that touches files.
package reference
