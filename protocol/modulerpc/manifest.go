package modulerpc

import (
	"encoding/json"
	"fmt"

	"liveapi.host/protocol"
	"liveapi.host/protocol/modulerpc/internal/pb"
)

// The wire form of manifests, which travel as JSON, and of accounts.

func manifestsToWire(manifests []protocol.Manifest) ([]byte, error) {
	wire, err := json.Marshal(manifests)
	if err != nil {
		return nil, fmt.Errorf("write the manifests: %w", err)
	}
	return wire, nil
}

func manifestsFromWire(wire []byte) (manifests []protocol.Manifest, err error) {
	if len(wire) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(wire, &manifests); err != nil {
		return nil, fmt.Errorf("its manifests cannot be read: %w", err)
	}
	for i := range manifests {
		manifests[i] = manifests[i].Complete()
	}
	return manifests, nil
}

// signature is what a function is found by.
type signature struct {
	module, function string
	api              protocol.APIVersion
}

// prefetches returns what functions want with their calls, or an error if one wants more
// than a host sends.
func prefetches(manifests []protocol.Manifest) (map[signature]protocol.Prefetch, error) {
	var all map[signature]protocol.Prefetch
	for _, m := range manifests {
		for _, f := range m.Functions {
			switch n := len(f.Prefetch.Records); {
			case n > protocol.MaxPrefetch:
				return nil, fmt.Errorf("its function %s::%s prefetches %d records; at most %d are allowed", m.Module, f.Name, n,
					protocol.MaxPrefetch)
			case f.Prefetch.IsZero():
				continue
			case all == nil:
				all = make(map[signature]protocol.Prefetch)
			}
			all[signature{m.Module, f.Name, f.API}] = f.Prefetch
		}
	}
	return all, nil
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
