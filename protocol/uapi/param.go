package uapi

import "liveapi.host/protocol"

// Param is the parameter of f that an argument of this name belongs to, numbered
// names of a list included (U8); nil when f declares none.
func Param(f *protocol.Function, name string) *protocol.Field {
	base, _, numbered := SplitSuffix(name)
	for i := range f.Params {
		if p := &f.Params[i]; p.Name == name || bool(p.List) && numbered && p.Name == base {
			return p
		}
	}
	return nil
}
