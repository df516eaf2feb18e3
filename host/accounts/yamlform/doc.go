// Package yamlform reads a YAML file that a person wrote, and says of every
// mistake where it is, under which key, and what is allowed there.
//
//	doc, err := yamlform.Parse("ann.yaml", data)
//	fields := doc.Fields("domain", "demo")
//	domain := fields["domain"].Text()
//	err = doc.Err() // every mistake, each a *Mistake
//
// It is stricter than YAML: one document, no anchors, aliases, merge keys or
// tags, no key twice. So nothing in a file can stand for more than what one
// sees, and a file of a megabyte cannot unfold into a gigabyte. The package
// does not know what the keys mean.
package yamlform
