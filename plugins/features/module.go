package features

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"liveapi.host/sdk"
)

// New returns the module Features.
func New() *sdk.Module {
	return &sdk.Module{
		Name:    "Features",
		Doc:     "Which features an account may use.",
		Version: "1.0.0",
		Functions: []sdk.Function{
			sdk.Func("has_feature", `Returns whether the account has a feature.
data is 1 when the account has it. Otherwise data is 0 and the call fails, with the error text of every
function that needs the feature.`, hasFeature).AllowDemo().PrefetchAccount(),
			sdk.Func("get_feature_metadata", "Lists the known features, and what to show for each.",
				featureMetadata).AllowDemo().PrefetchAccount(),
			sdk.Func("list_features", "Returns for each known feature whether the account has it.",
				listFeatures).AllowDemo().PrefetchAccount(),
		},
	}
}

type hasFeatureIn struct {
	Name string `json:"name" required:"true" doc:"The feature's name, such as \"zoneedit\"."`
}

func hasFeature(ctx context.Context, call *sdk.Call, in hasFeatureIn) (*bool, error) {
	if !isName(in.Name) {
		return nil, sdk.BadParam("name", "is not a feature's name", "1 to 128 bytes of text on one line are allowed")
	}
	a, err := call.AccountInfo(ctx)
	if err != nil {
		return nil, err
	}
	has := a.Features.Has(in.Name)
	if !has {
		return &has, sdk.Errorf(sdk.Denied, "You do not have the feature “%s”.", in.Name) // U §4
	}
	return &has, nil
}

// isName reports whether s can be a feature's name, and so may be in an error text.
func isName(s string) bool {
	return s != "" && len(s) <= 128 && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

type feature struct {
	ID      string `json:"id" doc:"The feature's name, as has_feature takes it."`
	IsAddon bool   `json:"is_cpaddon" doc:"1 for a feature of an installable site program; there are none."`
	Plugin  bool   `json:"is_plugin" doc:"1 for a feature that belongs to a plugin of the pages; there are none."`
	Name    string `json:"name" doc:"What to show for it; the id when it has no title."`
}

func featureMetadata(ctx context.Context, call *sdk.Call, _ sdk.None) ([]feature, error) {
	_, known, err := knownTo(ctx, call)
	return known, err
}

func listFeatures(ctx context.Context, call *sdk.Call, _ sdk.None) (map[string]bool, error) {
	a, known, err := knownTo(ctx, call)
	if err != nil {
		return nil, err
	}
	all := make(map[string]bool, len(known))
	for _, f := range known {
		all[f.ID] = a.Features.Has(f.ID)
	}
	return all, nil
}

// knownTo returns the account and every known feature, sorted by id: those that the
// host lists and those that the account names.
func knownTo(ctx context.Context, call *sdk.Call) (*sdk.Account, []feature, error) {
	a, err := call.AccountInfo(ctx)
	if err != nil {
		return nil, nil, err
	}
	known, err := hostFeatures(ctx, call)
	if err != nil {
		return nil, nil, err
	}
	for _, id := range slices.Concat(a.Features.Only, a.Features.Except) {
		if !slices.ContainsFunc(known, func(f feature) bool { return f.ID == id }) {
			known = append(known, feature{ID: id, Name: id})
		}
	}
	slices.SortFunc(known, func(x, y feature) int { return cmp.Compare(x.ID, y.ID) })
	return a, known, nil
}

// hostFeatures asks the host. When the host fails there is only a warning: the
// features that the account names are still right.
func hostFeatures(ctx context.Context, call *sdk.Call) ([]feature, error) {
	result, err := call.Invoke(ctx, "LiveAPI", "features", nil)
	if err != nil {
		return nil, err
	}
	if result.Status != 1 {
		call.Warn("Only the features that the account names are listed, since the host's own list cannot be had: %s",
			strings.Join(result.Errors, " "))
		return []feature{}, nil
	}
	var rows []struct{ ID, Name string }
	if err := json.Unmarshal(result.Data, &rows); err != nil {
		return nil, fmt.Errorf("the data of LiveAPI::features: %w", err)
	}
	list := make([]feature, 0, len(rows))
	for _, r := range rows {
		list = append(list, feature{ID: r.ID, Name: cmp.Or(r.Name, r.ID)})
	}
	return list, nil
}
