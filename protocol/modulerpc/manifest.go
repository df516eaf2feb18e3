package modulerpc

import (
	"liveapi.host/protocol"
	"liveapi.host/protocol/modulerpc/internal/pb"
)

// The wire form of what is told once: manifests, and accounts.

func manifestToWire(m protocol.Manifest) *pb.Manifest {
	w := &pb.Manifest{Module: text(m.Module), Doc: text(m.Doc), Version: text(m.Version)}
	for _, f := range m.Functions {
		w.Functions = append(w.Functions, &pb.Function{
			Name: text(f.Name), Doc: text(f.Doc), Api: uint32(f.API),
			Params: fieldsToWire(f.Params), Returns: fieldToWire(f.Returns),
			NeedsFeature: text(f.NeedsFeature), AllowDemo: f.AllowDemo, ReadOnly: f.ReadOnly,
		})
	}
	return w
}

func fieldsToWire(fields []protocol.Field) (w []*pb.Field) {
	for _, f := range fields {
		w = append(w, fieldToWire(f))
	}
	return w
}

func fieldToWire(f protocol.Field) *pb.Field {
	return &pb.Field{
		Name: text(f.Name), Doc: text(f.Doc), Type: text(f.Type),
		Required: f.Required, List: f.List, Secret: f.Secret, Fields: fieldsToWire(f.Fields),
	}
}

func manifestFromWire(w *pb.Manifest) protocol.Manifest {
	m := protocol.Manifest{Module: w.Module, Doc: w.Doc, Version: w.Version}
	for _, f := range w.Functions {
		m.Functions = append(m.Functions, protocol.Function{
			Name: f.Name, Doc: f.Doc, API: protocol.APIVersion(f.Api),
			Params: fieldsFromWire(f.Params), Returns: fieldFromWire(f.Returns),
			NeedsFeature: f.NeedsFeature, AllowDemo: f.AllowDemo, ReadOnly: f.ReadOnly,
		})
	}
	return m
}

func fieldsFromWire(w []*pb.Field) (fields []protocol.Field) {
	for _, f := range w {
		fields = append(fields, fieldFromWire(f))
	}
	return fields
}

// fieldFromWire also takes a field that is absent.
func fieldFromWire(w *pb.Field) protocol.Field {
	return protocol.Field{
		Name: w.GetName(), Doc: w.GetDoc(), Type: w.GetType(),
		Required: w.GetRequired(), List: w.GetList(), Secret: w.GetSecret(), Fields: fieldsFromWire(w.GetFields()),
	}
}

func accountToWire(a *protocol.Account) *pb.Account {
	w := &pb.Account{
		Name: text(a.Name), Uid: int64(a.UID), Gid: int64(a.GID), Home: text(a.Home), Shell: text(a.Shell),
		Limited: a.Features.Only != nil, Only: texts(a.Features.Only), Except: texts(a.Features.Except),
		Demo: a.Demo, Reseller: a.Reseller, Owner: text(a.Owner), Plan: text(a.Plan), Ip: text(a.IP),
		Locale: text(a.Locale), Theme: text(a.Theme), Contact: texts(a.Contact),
	}
	for _, d := range a.Domains {
		w.Domains = append(w.Domains, &pb.Domain{Name: text(d.Name), Kind: text(string(d.Kind)), Root: text(d.Root), Under: text(d.Under)})
	}
	return w
}

func accountFromWire(w *pb.Account) *protocol.Account {
	a := &protocol.Account{
		Name: w.Name, UID: int(w.Uid), GID: int(w.Gid), Home: w.Home, Shell: w.Shell,
		Features: protocol.Features{Only: w.Only, Except: w.Except},
		Demo:     w.Demo, Reseller: w.Reseller, Owner: w.Owner, Plan: w.Plan, IP: w.Ip,
		Locale: w.Locale, Theme: w.Theme, Contact: w.Contact,
	}
	if w.Limited && a.Features.Only == nil {
		a.Features.Only = []string{} // protobuf has no empty list
	}
	for _, d := range w.Domains {
		a.Domains = append(a.Domains, protocol.Domain{Name: d.Name, Kind: protocol.DomainKind(d.Kind), Root: d.Root, Under: d.Under})
	}
	return a
}
