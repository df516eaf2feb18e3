package app

import (
	"context"
	"time"

	"liveapi.host/host/audit"
	"liveapi.host/host/store"
	"liveapi.host/protocol"
)

// AuditEntry is one entry of the record of what administrators did.
type AuditEntry = audit.Entry

// AuditRecord calls do for the entries since a time, oldest first, until it returns
// an error. An entry that cannot be read comes with an error. See [audit.Each].
func (a *App) AuditRecord(ctx context.Context, since time.Time, do func(AuditEntry, error) error) error {
	ring, err := a.keyRing()
	if err != nil {
		return err
	}
	return a.withEngine(ctx, func(engine protocol.Storage) error {
		if engine == nil {
			return nil // nothing was done yet
		}
		return audit.Each(ctx, engine, store.Sealed(engine, ring), since, do)
	})
}
