package reference

import (
	"errors"
	"fmt"
	"strings"

	"liveapi.host/protocol"
	"liveapi.host/protocol/uapi"
)

// mark is the first line of every page, by which [Reference.WriteFolder] recognizes its own
// files.
const mark = "<!-- Written by liveapi docs from the modules' manifests. Changes made here are lost. -->\n"

// Index returns the page README.md: the list of modules, and what all functions
// have in common.
func (r *Reference) Index() ([]byte, error) {
	var out strings.Builder
	out.WriteString(mark + "# Reference\n\n")
	out.WriteString("The modules and functions that this host serves. Programs read [openapi.json](openapi.json).\n\n")
	var rows [][]string
	for _, m := range r.modules {
		about, _ := protocol.Summary(m.Doc)
		link := "[" + m.Module + "](" + pageName(m.Module) + ")"
		rows = append(rows, []string{link, inline(m.Version), fmt.Sprint(len(m.Functions)), inline(about)})
	}
	out.WriteString(table([]string{"module", "version", "functions", "what it is for"}, rows))
	replies, err := envelopes()
	if err != nil {
		return nil, err
	}
	out.WriteString(callsText + replies + modifiersText + errorsText())
	return []byte(out.String()), nil
}

// pageName returns the file name of a module's page. The name for a module README
// cannot be another module's page, because no module's name has a hyphen (W16).
func pageName(module string) string {
	if strings.EqualFold(module, "README") {
		return module + "-module.md"
	}
	return module + ".md"
}

const callsText = `
## Calls

The page of a module shows calls of each function from a shell, PHP, Perl, Template Toolkit and by HTTP. Words in
capitals are placeholders: ` + "`SECRET`" + ` is a value that nobody else may see, ` + "`JSON`" + ` a value that is written as JSON.

| caller | before the first call |
|---|---|
| PHP | ` + "`require '/usr/local/cpanel/php/cpanel.php'; $cpanel = new CPANEL();`" + `, and at the end ` + "`$cpanel->end();`" + ` |
| Perl | ` + "`use Cpanel::LiveAPI; my $cpanel = Cpanel::LiveAPI->new();`" + `, and at the end ` + "`$cpanel->end();`" + ` |
| Template Toolkit | nothing, in a page whose name ends in ` + "`.html.tt`" + ` |

` + "`liveapi run`" + ` runs pages of all three.

* Arguments are named texts. A JSON number or boolean is converted to text; ` + "`true` is `1`, `false` is `0`" + `.
* Write a repeated argument as ` + "`name-0`, `name-1`" + ` and so on. In a query string or a form, ` + "`name=…&name=…`" + ` means
  the same.
* ` + "`uapi` and `cpapi2`" + ` take URI-encoded names and values. Send secrets on standard input with ` + "`--input=json`" + `, because
  every user of a machine can see the arguments of running programs.
* Functions of WHM API 1 are for root. They have no module: ` + "`whmapi1 function name=value`" + `, from a shell only. Their reply has
  its own envelope.
* **HTTP is not served by this host yet.** ` + "`openapi.json`" + ` describes the agreed interface ` + "`/execute/`" + `, so that
  clients can be written now.
`

// envelopes shows the envelopes of a result (U5), as package uapi writes them.
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

A result of UAPI always has these members. ` + "`errors`, `messages` and `warnings`" + ` are lists of texts, or
` + "`null`" + `. ` + "`status`" + ` is 1, or 0 with at least one error. ` + "`data`" + ` is described on the module's page; after a failure
it is ` + "`null`" + ` or what was done nevertheless. ` + "`metadata.transformed`" + ` is 1 when ` + "`data`" + ` is a list. A member of the
data may be missing or ` + "`null`" + `, unless the page says “always” after its type.

` + fenced("json", string(core)) + `
How a caller gets it:

` + table([]string{"where", "what a caller gets"}, [][]string{
		{"PHP, Perl", "`cpanelresult.result` is the result"},
		{"Template Toolkit `execute`", "the result"},
		{"HTTP `/execute/Module/function`", "the result; with status 200 whether the function succeeded or failed"},
		{"`uapi`", envelope(protocol.UAPI)},
		{"API 2", envelope(protocol.API2) +
			"; many functions report a failure with `event.result` 1 and one entry with `reason` and `result` 0"},
		{"API 1", envelope(protocol.API1)},
	})
	return text, err
}

const modifiersText = `
## Output modifiers

If the data is a list of objects, the host can filter, sort and page it for the caller, in this order. The names are those of UAPI; in
API 2 they begin with ` + "`api2_` instead of `api.`" + `. To use a modifier several times, add numbers to its name, such as
` + "`api.filter_column_0`" + `.

| modifier | what it does |
|---|---|
| ` + "`api.filter_column`, `api.filter_term`, `api.filter_type`" + ` | keeps the objects whose member matches the term (of all filters) |
| ` + "`api.sort_column`, `api.sort_method`, `api.sort_reverse`" + ` | sorts by a member |
| ` + "`api.paginate`, `api.paginate_start`, `api.paginate_size`, `api.paginate_page`" + ` | keeps one page |
| ` + "`api.columns_a`, `api.columns_b`" + ` and so on | keeps these members only |

For other data, they are ignored with a warning.
`

// errorsText lists the errors of any function (U §4).
func errorsText() string {
	return "\n## Errors of any function\n\n" + table([]string{"error", "when"}, [][]string{
		{inline(uapi.UnknownModule("Module")), "no module has this name"},
		{inline(uapi.UnknownFunction("function", "Module")), "the module has no such function in this API"},
		{inline(uapi.Internal(exampleID)), "an internal error; the host's log has the details under this id"},
		{inline(uapi.NoResult("Module", "function", "…", true, exampleID)), "the module ended or was too slow"},
	})
}
