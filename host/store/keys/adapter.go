package keys

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"liveapi.host/host/sys/trust"
)

// Adapter is an [AEAD] that runs an external program for each call, with "seal" or
// "open" as its last argument. The program reads from standard input one line with the
// additional data, which is text, and then the plaintext or the box to the end. It
// writes the box or the plaintext, and nothing else, to standard output, and exits
// with status 0. With any other status its output is ignored, and the first line of
// its standard error is the reason, which must not contain a secret.
//
// Its environment is PATH, HOME and LANG. Its arguments and its environment contain no
// secret.
type Adapter struct {
	Command []string      // the program's absolute path, and its first arguments
	Timeout time.Duration // of one call; 0 means [DefaultAdapterTimeout]
}

// DefaultAdapterTimeout is the default timeout of an [Adapter].
const DefaultAdapterTimeout = 10 * time.Second

// Bounds of an adapter's output, in bytes.
const (
	maxAdapterOutput  = 64 << 10
	maxAdapterMessage = 200
)

// Seal implements [AEAD].
func (a *Adapter) Seal(ctx context.Context, plaintext, additional []byte) ([]byte, error) {
	return a.run(ctx, "seal", plaintext, additional)
}

// Open implements [AEAD].
func (a *Adapter) Open(ctx context.Context, box, additional []byte) ([]byte, error) {
	return a.run(ctx, "open", box, additional)
}

// Check returns an error for a program that cannot be started, or that a user other
// than root and this user could have changed.
func (a *Adapter) Check() error {
	switch {
	case len(a.Command) == 0:
		return errors.New("the KMS adapter's command is empty")
	case !filepath.IsAbs(a.Command[0]):
		return fmt.Errorf("the KMS adapter %s has to be an absolute path", a.Command[0])
	}
	if err := trust.Path(a.Command[0]); err != nil {
		return fmt.Errorf("KMS adapter: %w", err)
	}
	return nil
}

func (a *Adapter) run(ctx context.Context, what string, input, additional []byte) ([]byte, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	if bytes.ContainsRune(additional, '\n') {
		return nil, errors.New("the additional data for a KMS adapter must be one line")
	}
	timeout := a.Timeout
	if timeout <= 0 {
		timeout = DefaultAdapterTimeout
	}
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cmd := exec.CommandContext(bounded, a.Command[0], append(a.Command[1:len(a.Command):len(a.Command)], what)...)
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + os.Getenv("HOME"), "LANG=C.UTF-8"}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) } // with its child processes
	cmd.WaitDelay = time.Second
	cmd.Stdin = io.MultiReader(bytes.NewReader(additional), strings.NewReader("\n"), bytes.NewReader(input))
	stdout, stderr := &firstBytes{most: maxAdapterOutput + 1}, &firstBytes{most: 4 << 10}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	switch err := cmd.Run(); {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case bounded.Err() != nil:
		return nil, fmt.Errorf("KMS adapter %s %s: no response in %v", a.Command[0], what, timeout)
	case err != nil:
		return nil, fmt.Errorf("KMS adapter %s %s: %w%s", a.Command[0], what, err, message(stderr.content))
	case len(stdout.content) == 0:
		return nil, fmt.Errorf("KMS adapter %s %s: it wrote nothing%s", a.Command[0], what, message(stderr.content))
	case len(stdout.content) > maxAdapterOutput:
		return nil, fmt.Errorf("KMS adapter %s %s: it wrote more than %d bytes", a.Command[0], what, maxAdapterOutput)
	}
	return stdout.content, nil
}

// firstBytes keeps the first bytes that are written to it.
type firstBytes struct {
	content []byte
	most    int
}

func (f *firstBytes) Write(p []byte) (int, error) {
	f.content = append(f.content, p[:min(len(p), f.most-len(f.content))]...)
	return len(p), nil
}

// longestWord is less than the length of 32 bytes in hexadecimal or base64.
const longestWord = 32

// message returns the first line of an adapter's standard error, without words that
// could be a key: a faulty adapter may write anything.
func message(stderr []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(stderr)), "\n")
	if line = strings.TrimSpace(line); line == "" {
		return ""
	}
	if !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return ": [what it says is no text]"
	}
	isWord := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("+/=_-", r)
	}
	var said strings.Builder
	for line != "" {
		n := strings.IndexFunc(line, func(r rune) bool { return !isWord(r) })
		if n < 0 {
			n = len(line)
		}
		if n > longestWord {
			said.WriteString("[redacted]")
		} else {
			said.WriteString(line[:n])
		}
		line = line[n:]
		if n = strings.IndexFunc(line, isWord); n < 0 {
			n = len(line)
		}
		said.WriteString(line[:n])
		line = line[n:]
	}
	text := said.String()
	if len(text) > maxAdapterMessage {
		text = strings.ToValidUTF8(text[:maxAdapterMessage], "") + "…"
	}
	return ": " + text
}
