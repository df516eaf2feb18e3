package reference_test

import "liveapi.host/protocol"

// shop is a module whose manifest uses everything that a manifest can have.
func shop() protocol.Manifest {
	text := func(name, doc string) protocol.Field {
		return protocol.Field{Name: name, Doc: doc, Type: protocol.TypeString}
	}
	product := protocol.Field{Type: protocol.TypeObject, Fields: []protocol.Field{
		text("name", "What it is called."),
		{Name: "price", Doc: "In euros.", Type: protocol.TypeNumber},
		{Name: "sold", Doc: "1 when there is none left.", Type: protocol.TypeFlag},
		{Name: "tags", Doc: "Words for it.", Type: protocol.TypeString, List: true},
		{Name: "sizes", Doc: "How many there are of each size.", Type: protocol.TypeMap, Fields: []protocol.Field{{Type: protocol.TypeNumber}}},
		{Name: "maker", Doc: "Who makes it.", Type: protocol.TypeObject, Fields: []protocol.Field{text("name", "The maker's name.")}},
		{Name: "extra", Doc: "Anything.", Type: protocol.TypeAny},
	}}
	products := product
	products.List = true
	return protocol.Manifest{
		Module: "Shop", Doc: "Sells things.\nTo everybody.", Version: "2.1",
		Functions: []protocol.Function{
			{Name: "add", API: protocol.UAPI, Doc: "Adds a product.\nPays with a card.", NeedsFeature: "shop", Returns: product, Params: []protocol.Field{
				{Name: "name", Doc: "Its name.", Type: protocol.TypeString, Required: true},
				{Name: "price", Doc: "Its price.", Type: protocol.TypeNumber, Required: true},
				{Name: "sold", Doc: "Sold already.", Type: protocol.TypeFlag},
				{Name: "card", Doc: "The card's number.", Type: protocol.TypeString, Required: true, Secret: true},
				{Name: "tag", Doc: "A word for it.", Type: protocol.TypeString, List: true, Required: true},
				{Name: "extra", Doc: "Anything.", Type: protocol.TypeAny},
			}},
			{Name: "list", API: protocol.API1, Doc: "Lists, as text.", Returns: text("", ""), Params: []protocol.Field{
				{Name: "order", Doc: "The order.", Type: protocol.TypeString, Required: true},
			}},
			{Name: "list", API: protocol.API2, Doc: "Lists, as rows.", Returns: products, AllowDemo: true},
			{Name: "list", API: protocol.UAPI, Doc: "Lists.", Returns: products, AllowDemo: true, Params: []protocol.Field{
				{Name: "kind", Doc: "Of what.", Type: protocol.TypeString},
			}},
			{Name: "prices", API: protocol.UAPI, Doc: "Prices by name.", AllowDemo: true,
				Returns: protocol.Field{Type: protocol.TypeMap, Fields: []protocol.Field{{Type: protocol.TypeNumber}}}},
			{Name: "tag", API: protocol.UAPI, Doc: "Tags by any names.", Params: []protocol.Field{
				{Name: "*", Doc: "A tag's text.", Type: protocol.TypeMap, Fields: []protocol.Field{{Type: protocol.TypeString}}},
				{Name: "filter", Doc: "JSON, for each.", Type: protocol.TypeAny, List: true, Required: true},
			}},
		},
	}
}
