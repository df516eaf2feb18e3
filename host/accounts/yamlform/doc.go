// Package yamlform reads a YAML file that a person wrote. For every mistake it
// reports the line, the key, and what is allowed there.
//
//	doc, err := yamlform.Parse("ann.yaml", data)
//	fields := doc.Fields("domain", "demo")
//	domain := fields["domain"].Text()
//	err = doc.Err() // every mistake, each a *Mistake
//
// It is stricter than YAML: one document, no anchors, aliases, merge keys or tags,
// no duplicate keys. So a file means what it shows, and a file of a megabyte
// cannot expand to a gigabyte. The package does not know what the keys mean.
package yamlform
