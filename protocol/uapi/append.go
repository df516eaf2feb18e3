package uapi

import (
	"fmt"

	"liveapi.host/protocol"
)

func appendFor(dst []byte, c *protocol.Call, r *protocol.Result) ([]byte, error) {
	switch c.API {
	case protocol.API1:
		return AppendAPI1(dst, c.Module, c.Function, r)
	case protocol.WHM1:
		return AppendWHM1(dst, c.Function, r)
	case protocol.API2:
		return AppendAPI2(dst, c.Module, c.Function, r)
	}
	return AppendUAPI(dst, c.Module, c.Function, r)
}

// Append is provisional.
func Append(dst []byte, c *protocol.Call, r *protocol.Result) ([]byte, error) {
	out, err := appendFor(dst, c, r)
	if err == nil {
		return out, nil
	}
	out, _ = appendFor(dst, c, protocol.Failed(Internal(c.ID)))
	return out, err
}

// TooLarge is provisional.
func TooLarge(id protocol.CallID) string {
	return fmt.Sprintf("The result is larger than a reply may be (W15); ask for less, such as one page of it. The call was carried out (id %s).", id)
}
