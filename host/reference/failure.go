package reference

import (
	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// failure is an error that the host gives for a function, independent of its
// module (U §4).
type failure struct {
	id   string // of the example in the OpenAPI document
	text string // the error text that the caller gets
	when string // the cause, in words; texts of the manifest are not escaped in it
}

// exampleID is the call id in examples.
const exampleID = protocol.CallID(0x9f3a04c1_0000002a)

// failures returns the failures of a function, in the order in which a host checks
// for them.
func failures(f protocol.Function) []failure {
	var list []failure
	if f.API == protocol.WHM1 {
		list = append(list, failure{"root_only", uapi.RootOnly, "the caller is not root"})
	} else if !f.AllowDemo {
		list = append(list, failure{"demo", uapi.DemoMode, "the account is a demo account"})
	}
	if f.NeedsFeature != "" {
		list = append(list, failure{"feature_off", uapi.FeatureOff(f.NeedsFeature),
			"the account lacks the feature “" + f.NeedsFeature + "”"})
	}
	for _, p := range f.Params {
		if bool(p.Required) && !isRest(p) {
			list = append(list, failure{"missing_argument", uapi.MissingArgument(p.Name), "“" + p.Name + "” is missing"})
		}
	}
	if len(f.Params) > 0 {
		list = append(list, failure{"bad_argument", uapi.BadArgument(placeName, "…", "…"),
			"a value is not of the parameter's type; the text says what is wrong and what is allowed"})
	}
	if hasRows(f) {
		name := "api.NAME"
		if f.API == protocol.API2 {
			name = "api2_NAME"
		}
		list = append(list, failure{"bad_modifier", uapi.BadArgument(name, "…", "…"), "an output modifier has a bad value"})
	}
	return list
}
