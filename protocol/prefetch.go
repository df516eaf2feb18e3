package protocol

// Prefetch is what a function reads from its host in almost every call. The host
// sends it with the call, which saves the function a request for each.
type Prefetch struct {
	Account Flag `json:"account"` // the calling account, as [Services.Account] gives it

	// Records are keys of [Services.Storage], or of [Services.Whole] for a key that
	// begins with a slash; at most [MaxPrefetch].
	Records []string `json:"records"`
}

// MaxPrefetch bounds the records of a [Prefetch].
const MaxPrefetch = 8

// IsZero reports whether nothing is to be sent.
func (p Prefetch) IsZero() bool { return !bool(p.Account) && len(p.Records) == 0 }
