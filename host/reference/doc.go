// Package reference writes the reference of what a host serves, only from the
// modules' manifests: a page for each module in Markdown, and one OpenAPI 3.1
// document of the HTTP door, /execute/Module/function (U §6).
//
// The output depends only on the manifests: the same manifests give the same
// bytes, without a date, a machine's name or the version of this program. Error
// texts and envelopes come from package uapi, which also makes the replies to calls.
// Texts of a manifest are untrusted: they are escaped, so that none of them
// becomes markup. Only [Reference.WriteFolder] reads or writes files.
package reference
