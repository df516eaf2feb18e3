package sdk

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"liveapi.host/protocol"
)

// Module declares a module. It is only a value: [Main], [NewServer] or package sdktest
// serve it, and do not change it.
type Module struct {
	Name    string // what callers write, such as "TwoFactorAuth" (W16)
	Doc     string // what it is for; the first line is a summary
	Version string // of the module, such as "1.2.0"

	Functions []Function

	// Check, if not nil, is called once at start, after Validate has succeeded. An
	// error says what is wrong with the module's configuration; the module then does
	// not start.
	Check func() error
}

// Validate reports every mistake in the declaration: names that W16 does not allow,
// missing docs, double declarations, types that cannot be encoded. It does not call
// Check.
func (m *Module) Validate() error {
	_, err := m.compile()
	return err
}

// compiled is a valid module, ready to serve.
type compiled struct {
	manifest protocol.Manifest
	handlers map[signature]handler
}

// signature identifies a function: a module may have functions of the same name in
// several APIs.
type signature struct {
	name string
	api  protocol.APIVersion
}

func (m *Module) compile() (*compiled, error) {
	if m == nil {
		return nil, errors.New("module is nil")
	}
	var problems []error
	problem := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("module %q: "+format, append([]any{m.Name}, args...)...))
	}
	if !protocol.ValidModule(m.Name) {
		problem("the name has to be a capital letter, then letters and digits, at most 64 (W16)")
	}
	if strings.TrimSpace(m.Doc) == "" {
		problem("Doc is empty: say in a line what the module is for")
	}
	if len(m.Functions) == 0 {
		problem("Functions is empty")
	}
	c := &compiled{
		manifest: protocol.Manifest{Module: m.Name, Doc: m.Doc, Version: m.Version},
		handlers: make(map[signature]handler, len(m.Functions)),
	}
	for i := range m.Functions {
		f := &m.Functions[i]
		if f.bind == nil {
			problem("function %d was not made by sdk.Func, sdk.API2, sdk.API1 or sdk.WHM1", i)
			continue
		}
		if _, twice := c.handlers[signature{f.manifest.Name, f.manifest.API}]; twice {
			problem("function %q is declared twice", f.manifest.Name)
			continue
		}
		described, run, err := f.compile()
		if err != nil {
			problem("function %q: %w", f.manifest.Name, err)
		}
		c.handlers[signature{f.manifest.Name, f.manifest.API}] = run
		c.manifest.Functions = append(c.manifest.Functions, described)
	}
	slices.SortFunc(c.manifest.Functions, func(a, b protocol.Function) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(b.API, a.API))
	})
	return c, errors.Join(problems...)
}
