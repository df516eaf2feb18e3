package reference_test

import (
	"net/http"
	"strings"
	"testing"
)

// Requests as callers write them (U §6, U8) conform to the document.
func TestU8RequestsOfTheDocument(t *testing.T) {
	c := openAPI(t, shop())
	const base = "https://localhost:2083/execute/Shop/"
	for name, test := range map[string]struct {
		method, path, media, body string
		ok                        bool
	}{
		"query":                      {"GET", "add?name=hat&price=9.5&sold=1&card=1&tag=a&tag=b", "", "", true},
		"nested value in a query":    {"GET", "add?name=hat&price=9.5&card=1&tag=a&extra=%7B%22a%22%3A1%7D", "", "", true},
		"number that is none":        {"GET", "add?name=hat&price=much&card=1&tag=a", "", "", false},
		"flag that is none":          {"GET", "add?name=hat&price=1&sold=2&card=1&tag=a", "", "", false},
		"missing":                    {"GET", "add?name=hat&card=1&tag=a", "", "", false},
		"none at all":                {"GET", "prices", "", "", true},
		"modifiers":                  {"GET", "list?api.filter_column=name&api.filter_type=eq&api.paginate=1&api.paginate_size=5", "", "", true},
		"modifier that is none":      {"GET", "list?api.sort_method=nosuch", "", "", false},
		"modifiers and a body":       {"POST", "list?api.columns_a=name", "application/json", `{"kind":"hat"}`, true},
		"JSON":                       {"POST", "add", "application/json", `{"name":"hat","price":9.5,"card":"1","tag":["a","b"],"extra":{"a":1}}`, true},
		"JSON without a required":    {"POST", "add", "application/json", `{"name":"hat","card":"1","tag":["a"]}`, false},
		"JSON with a text for flag":  {"POST", "add", "application/json", `{"name":"hat","price":1,"card":"1","tag":["a"],"sold":"no"}`, false},
		"any names in JSON":          {"POST", "tag", "application/json", `{"filter":[1,"a",{}],"own":"x"}`, true},
		"form":                       {"POST", "add", "application/x-www-form-urlencoded", "name=hat&price=9.5&card=1&tag=a&tag=b", true},
		"form without a required":    {"POST", "add", "application/x-www-form-urlencoded", "name=hat&card=1&tag=a", false},
		"POST without any arguments": {"POST", "prices", "", "", true},
	} {
		request, err := http.NewRequest(test.method, base+test.path, strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "cpanel alice:TOKEN")
		if test.media != "" {
			request.Header.Set("Content-Type", test.media)
		}
		if err := c.refusesRequest(request); (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if request, _ := http.NewRequest("GET", base+"prices", nil); true {
		if c.refusesRequest(request) == nil {
			t.Error("a request without credentials is accepted")
		}
	}
}
