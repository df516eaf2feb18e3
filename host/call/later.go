package call

import (
	"fmt"
	"time"
)

// Later is in the chain of a [protocol.CodeUnavailable] error when it is known how
// long no call can succeed. The caller's text then says so.
type Later struct{ Wait time.Duration }

func (l Later) Error() string { return fmt.Sprintf("the next start is in %.0f s", l.Wait.Seconds()) }
