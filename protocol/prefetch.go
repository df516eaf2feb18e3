package protocol

// Prefetch is the data that a function reads from its host in almost every call. The
// host sends it with the call, so the function need not request each item.
type Prefetch struct {
	Account Flag `json:"account"` // the calling account, as [Services.Account] returns it

	// Records are keys of [Services.Storage]; a key that begins with a slash is one of
	// [Services.Whole]. At most [MaxPrefetch].
	Records []string `json:"records"`
}

// MaxPrefetch is how many records a [Prefetch] may have.
const MaxPrefetch = 8

// IsZero reports whether there is nothing to send.
func (p Prefetch) IsZero() bool { return !bool(p.Account) && len(p.Records) == 0 }
