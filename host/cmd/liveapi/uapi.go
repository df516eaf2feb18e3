package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"os/user"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"liveapi.host/protocol"
)

// uapiCommand is the program under the name uapi (U §5).
func uapiCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "uapi Module function [name=value ...]",
		Short: "Make one UAPI call",
		Long: `Makes one UAPI call and prints its result. Names and values are URI-encoded
(%20 for a blank); the first = separates them. Goes through the running host
when there is one.

Exit status: 0 the call succeeded, 1 it failed (status 0), 2 wrong usage,
3 no answer could be had.`,
		Example: `  uapi TwoFactorAuth get_user_configuration
  uapi --output=json TwoFactorAuth generate_user_configuration
  uapi TwoFactorAuth set_user_configuration secret=… tfa_token=123456`,
		Args: func(_ *cobra.Command, args []string) error {
			return usageUnless(len(args) >= 2, "name a module and a function, such as: uapi TwoFactorAuth get_user_configuration")
		},
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          uapi,
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	commonFlags(cmd.Flags())
	cmd.Flags().String("output", "yaml", "yaml, json (one line) or jsonpretty")
	cmd.Flags().String("user", "", "the account to act for; root only, and by a host of this process's own")
	return cmd
}

func uapi(cmd *cobra.Command, args []string) error {
	module, function := args[0], args[1]
	if err := usageUnless(protocol.ValidModule(module) && protocol.ValidFunction(function),
		fmt.Sprintf("%q %q is no module and function; modules begin with a capital letter, such as TwoFactorAuth", module, function)); err != nil {
		return err
	}
	values, err := arguments(args[2:])
	if err != nil {
		return usage(err)
	}
	output, _ := cmd.Flags().GetString("output")
	format, known := map[string]func([]byte) ([]byte, error){"yaml": asYAML, "json": asJSON, "jsonpretty": asPrettyJSON}[output]
	if err := usageUnless(known, fmt.Sprintf("--output is %q; yaml, json and jsonpretty are known", output)); err != nil {
		return err
	}
	a, err := newApp(cmd.Flags(), "error")
	if err != nil {
		return err
	}
	defer a.close()
	who, own, err := callFor(cmd)
	if err != nil {
		return err
	}
	answer, err := a.call(cmd.Context(), who, own, module, function, values)
	if err != nil {
		return noAnswer(err)
	}
	text, err := format(answer.raw)
	if err != nil {
		return noAnswer(err)
	}
	if _, err := cmd.OutOrStdout().Write(text); err != nil {
		return noAnswer(err)
	}
	if answer.Result.Status != 1 {
		return exitError{status: exitFailed}
	}
	return nil
}

// callFor is the account of --user, which only root may name (W17), or this
// user's own.
func callFor(cmd *cobra.Command) (name string, own bool, err error) {
	name, _ = cmd.Flags().GetString("user")
	if name == "" || name == account() {
		return account(), true, nil
	}
	if !isRoot() {
		return "", false, usage(errorText("--user is for root; without it the call is for " + account()))
	}
	if _, err := user.Lookup(name); err != nil {
		return "", false, usage(fmt.Errorf("--user: %w", err))
	}
	return name, false, nil
}

// arguments splits name=value and decodes both once.
func arguments(list []string) (map[string]string, error) {
	values := make(map[string]string, len(list))
	for i, arg := range list {
		name, value, found := strings.Cut(arg, "=")
		if !found {
			return nil, fmt.Errorf("argument %d is not of the form name=value", i+1)
		}
		name, err := url.PathUnescape(name)
		if err != nil {
			return nil, fmt.Errorf("the name of argument %d is not URI-encoded: write %%25 for a percent sign", i+1)
		}
		value, err = url.PathUnescape(value)
		if err != nil {
			return nil, fmt.Errorf("the value of %s is not URI-encoded: write %%25 for a percent sign", name)
		}
		if _, twice := values[name]; twice {
			return nil, fmt.Errorf("the argument %s is given twice: write %s-0, %s-1 … for a list", name, name, name)
		}
		values[name] = value
	}
	return values, nil
}

func asJSON(raw []byte) ([]byte, error) { return append(raw, '\n'), nil }

func asPrettyJSON(raw []byte) ([]byte, error) {
	var out bytes.Buffer
	err := json.Indent(&out, raw, "", "   ")
	out.WriteByte('\n')
	return out.Bytes(), err
}

func asYAML(raw []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	text, err := yaml.Marshal(plain(value))
	return append([]byte("---\n"), text...), err
}

// plain turns JSON's numbers into Go's, so that YAML does not quote them.
func plain(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name := range v {
			v[name] = plain(v[name])
		}
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case json.Number:
		if n, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return n
		}
		if f, err := v.Float64(); err == nil {
			return f
		}
		return v.String()
	}
	return value
}
