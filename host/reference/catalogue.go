package reference

import (
	"liveapi.host/host/caller/catalogue"
	"liveapi.host/protocol"
)

// Manifests are the manifests that a catalogue was made from.
func Manifests(c catalogue.Catalogue) []protocol.Manifest {
	var manifests []protocol.Manifest
	for _, m := range c {
		manifest := protocol.Manifest{Module: m.Name, Doc: m.Doc, Version: m.Version}
		for _, f := range m.Functions {
			manifest.Functions = append(manifest.Functions, protocol.Function{
				Name: f.Name, Doc: f.Doc, API: f.API, Params: fields(f.Params), Returns: field(f.Returns),
				NeedsFeature: f.NeedsFeature, AllowDemo: bool(f.AllowDemo),
			})
		}
		manifests = append(manifests, manifest)
	}
	return manifests
}

func fields(list []catalogue.Field) (fields []protocol.Field) {
	for _, f := range list {
		fields = append(fields, field(f))
	}
	return fields
}

func field(f catalogue.Field) protocol.Field {
	return protocol.Field{
		Name: f.Name, Doc: f.Doc, Type: f.Type, Fields: fields(f.Fields),
		List: bool(f.List), Required: bool(f.Required), Secret: bool(f.Secret),
	}
}
