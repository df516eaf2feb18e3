package modulerpc

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	pluginrunner "github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"

	"liveapi.host/protocol/modulerpc/internal/pb"
)

// hostPlugin is go-plugin's view of a module on the host's side.
type hostPlugin struct{ plugin.NetRPCUnsupportedPlugin }

func (hostPlugin) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error { return nil }

func (hostPlugin) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return pb.NewModuleClient(conn), nil
}

// modulePlugin is go-plugin's view of a module on its own side.
type modulePlugin struct {
	plugin.NetRPCUnsupportedPlugin
	server *server
}

func (m modulePlugin) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	pb.RegisterModuleServer(s, m.server)
	return nil
}

func (modulePlugin) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, nil
}

type runnerFunc = func(hclog.Logger, *exec.Cmd, string) (pluginrunner.Runner, error)

// newRunner takes the environment that go-plugin has prepared, and nothing
// else of its command.
func (p *Process) newRunner(cfg Config, lane *os.File) runnerFunc {
	return func(_ hclog.Logger, spec *exec.Cmd, _ string) (pluginrunner.Runner, error) {
		p.runner = newRunner(cfg, append(slices.Clone(cfg.Env), spec.Env...), lane)
		return p.runner, nil
	}
}

// startProblem returns the text of an error of go-plugin in words for people.
func (p *Process) startProblem(err error) string {
	text := err.Error()
	_, line, found := strings.Cut(text, "Unrecognized remote plugin message: ")
	if !found {
		return text
	}
	if strings.HasPrefix(line, "\n") && p.runner != nil {
		<-p.runner.exited // go-plugin has killed it, if it had not ended by itself
		select {          // its last line may still arrive
		case <-p.runner.silent:
		case <-time.After(2 * drainPipes):
		}
		text = fmt.Sprintf("it ended before its handshake (%s)", p.runner.cmd.ProcessState)
		if said := p.runner.lastWords.String(); said != "" {
			text += ", saying: " + said
		}
		return text
	}
	line, _, _ = strings.Cut(line, "\n")
	return fmt.Sprintf("it prints %.*q instead of go-plugin's handshake; a module must print nothing before sdk.Main", shownLine, line)
}
