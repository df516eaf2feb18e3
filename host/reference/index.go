package reference

import (
	"errors"
	"fmt"
	"strings"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// mark is the first line of every page, by which [WriteFolder] knows its own.
const mark = "<!-- Written by liveapi docs from the modules' manifests. Changes made here are lost. -->\n"

// Index is the page README.md: the modules, and what holds for all of their functions.
func (r *Reference) Index() ([]byte, error) {
	var out strings.Builder
	out.WriteString(mark + "# Reference\n\nThe modules and functions that this host serves. Programs read [openapi.json](openapi.json).\n\n")
	var rows [][]string
	for _, m := range r.modules {
		about, _ := protocol.Summary(m.Doc)
		rows = append(
			rows,
			[]string{"[" + m.Module + "](" + pageName(m.Module) + ")", inline(m.Version), fmt.Sprint(len(m.Functions)), inline(about)},
		)
	}
	out.WriteString(table([]string{"module", "version", "functions", "what it is for"}, rows))
	replies, err := envelopes()
	if err != nil {
		return nil, err
	}
	out.WriteString(callsText + replies + modifiersText + errorsText())
	return []byte(out.String()), nil
}

// pageName is the file of a module's page. No module's name has a hyphen (W16).
func pageName(module string) string {
	if strings.EqualFold(module, "README") {
		return module + "-module.md"
	}
	return module + ".md"
}

const callsText = `
## Calls

Each function's page shows it from a shell, PHP, Perl, Template Toolkit and by HTTP. The words in capitals are placeholders: ` + "`SECRET`" + ` is
what must not be shown to others, ` + "`JSON`" + ` is a value that is written as JSON.

| caller | what comes first |
|---|---|
| PHP | ` + "`require '/usr/local/cpanel/php/cpanel.php'; $cpanel = new CPANEL();`" + `, and at the end ` + "`$cpanel->end();`" + ` |
| Perl | ` + "`use Cpanel::LiveAPI; my $cpanel = Cpanel::LiveAPI->new();`" + `, and at the end ` + "`$cpanel->end();`" + ` |
| Template Toolkit | nothing: a page whose name ends in ` + "`.html.tt`" + ` |

` + "`liveapi run`" + ` runs pages of all three.

* Arguments are texts by name. A JSON number or boolean counts by its text; ` + "`true` is `1`, `false` is `0`" + `.
* A repeated argument is ` + "`name-0`, `name-1`" + ` and so on, everywhere. In a query string and a form ` + "`name=…&name=…`" + ` is the same.
* ` + "`uapi` and `cpapi2`" + ` take names and values URI-encoded. Secrets are better sent on standard input with ` + "`--input=json`" + `, since every
  user of a machine can list the arguments of its programs.
* Functions of WHM API 1 are for root. They have no module: ` + "`whmapi1 function name=value`" + `, from a shell only; their reply is an envelope of their own.
* **HTTP is not served by this host yet.** The address, the forms and ` + "`openapi.json`" + ` are the agreed ones of ` + "`/execute/`" + `, to write clients against.
`

// envelopes shows what travels around a result (U5), as package uapi writes it.
func envelopes() (string, error) {
	r := &protocol.Result{Status: 1}
	core, err := uapi.AppendCore(nil, r)
	if err != nil {
		return "", err
	}
	envelope := func(api protocol.APIVersion) string {
		text, e := uapi.Append(nil, &protocol.Call{API: api, Module: "Module", Function: "function"}, r, 0)
		err = errors.Join(err, e)
		return cell(string(text))
	}
	text := `
## Replies

A result of UAPI always has these members. ` + "`errors`, `messages` and `warnings`" + ` are lists of texts, or ` + "`null`" + `; ` + "`status`" + ` is 1 or 0, and 0 comes with
at least one error; ` + "`data`" + ` is what the function's page shows, and on failure ` + "`null`" + ` or what was done all the same;
` + "`metadata.transformed`" + ` is 1 when ` + "`data`" + ` is a list. A member of the data may be missing or ` + "`null`" + `, unless the page has “always” beside its type.

` + fenced("json", string(core)) + `
Where it travels:

` + table([]string{"where", "what a caller gets"}, [][]string{
		{"PHP, Perl", "`cpanelresult.result` is the result"},
		{"Template Toolkit `execute`", "the result"},
		{"HTTP `/execute/Module/function`", "the result; with status 200 whether the function succeeded or failed"},
		{"`uapi`", envelope(protocol.UAPI)},
		{"API 2", envelope(protocol.API2) + "; many functions also say no with `event.result` 1 and one entry of `reason` and `result` 0"},
		{"API 1", envelope(protocol.API1)},
	})
	return text, err
}

const modifiersText = `
## Output modifiers

Where the data is a list of objects, a caller can have the host choose among them, in this order. The names are those of UAPI; API 2 has the same
ones with ` + "`api2_` in the place of `api.`" + `. With a number behind the name, ` + "`api.filter_column_0`" + `, there can be several.

| modifier | what it does |
|---|---|
| ` + "`api.filter_column`, `api.filter_term`, `api.filter_type`" + ` | keeps the objects whose member fits the term; several filters all have to |
| ` + "`api.sort_column`, `api.sort_method`, `api.sort_reverse`" + ` | sorts by a member |
| ` + "`api.paginate`, `api.paginate_start`, `api.paginate_size`, `api.paginate_page`" + ` | keeps one page |
| ` + "`api.columns_a`, `api.columns_b`" + ` and so on | keeps these members only |

Elsewhere they are ignored, with a warning.
`

// errorsText lists the errors that any function can give (U §4).
func errorsText() string {
	return "\n## Errors of any function\n\n" + table([]string{"error", "when"}, [][]string{
		{inline(uapi.UnknownModule("Module")), "no module has this name"},
		{inline(uapi.UnknownFunction("function", "Module")), "the module has no such function in this API"},
		{inline(uapi.Internal(exampleID)), "a fault; the host's log has it under this id"},
		{inline(uapi.NoResult("Module", "function", "…", true, exampleID)), "the module ended or was too slow"},
	})
}
