package store

import (
	"context"

	"liveapi.host/protocol"
)

// Census counts the records of a store by the keys that have sealed them.
type Census struct {
	Records int
	By      map[string]int // records by the id of the key that sealed them
	Unknown []string       // keys of the records that are not sealed, or in an unknown format
}

// page is how many records are in memory at a time, of 1 MiB at most each.
const page = 100

// Count reads every record of an engine and opens none: ring only returns which key
// has sealed it.
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

// each calls visit for all records, in pages. A record that is stored meanwhile may be
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
