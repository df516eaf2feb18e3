package store

import (
	"context"

	"liveapi.host/protocol"
)

// Census is how the records of a store are sealed.
type Census struct {
	Records int
	By      map[string]int // records by the id of the key that sealed them
	Unknown []string       // keys of the records that are not sealed, or in a way that is not known
}

// page is how many records are in memory at a time, of 1 MiB at most each.
const page = 100

// Count looks at every record of an engine, and opens none: ring only says which key
// has sealed each.
func Count(ctx context.Context, engine protocol.Storage, ring Ring) (*Census, error) {
	c := &Census{By: map[string]int{}}
	return c, each(ctx, engine, func(recs []protocol.Record) error {
		for _, rec := range recs {
			c.Records++
			if id, err := ring.SealedBy(rec.Value); err != nil {
				c.Unknown = append(c.Unknown, rec.Key)
			} else {
				c.By[id]++
			}
		}
		return nil
	})
}

// each calls visit for all records, in pages. What is stored meanwhile may be
// among them or not.
func each(ctx context.Context, engine protocol.Storage, visit func([]protocol.Record) error) error {
	after := ""
	for {
		recs, err := engine.List(ctx, "", after, page)
		if err != nil || len(recs) == 0 {
			return err
		}
		if err := visit(recs); err != nil {
			return err
		}
		after = recs[len(recs)-1].Key
	}
}
