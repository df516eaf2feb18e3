package uapi_test

import (
	"context"
	"encoding/json"
	"fmt"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

func ExampleModifiers_Apply() {
	args, err := uapi.DecodeArgs(json.RawMessage(`{"api.filter_column":"user","api.filter_term":"a","api.paginate_size":2}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := uapi.DecodeModifiers(protocol.UAPI, args)
	if err != nil {
		fmt.Println(err) // a bad modifier: the function does not run (U14)
		return
	}
	r := &protocol.Result{Status: 1, Data: json.RawMessage(`[{"user":"ann"},{"user":"bob"},{"user":"Al"},{"user":"eva"}]`)}
	if r, err = m.Apply(context.Background(), r); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(r.Data))
	fmt.Println(string(r.Metadata["records_before_filter"]), string(r.Metadata["paginate"]))
	// Output:
	// [{"user":"ann"},{"user":"Al"}]
	// 4 {"current_page":1,"results_per_page":2,"start_result":1,"total_pages":2,"total_results":3}
}
