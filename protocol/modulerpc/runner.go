package modulerpc

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sys/unix"
)

const (
	firstLine   = 4 << 10                // bytes of standard output that may be the handshake
	shownLine   = 200                    // bytes of a stray line that the log shows
	shownLines  = 20                     // stray lines that the log shows for one process
	strayPause  = 5 * time.Millisecond   // between two reads of stray output: 6 MiB/s at most
	drainPipes  = 200 * time.Millisecond // how long output may follow the end of a process
	killTimeout = 2 * time.Second
)

// runner starts and stops one module process for go-plugin. The process has standard
// input on /dev/null, and its own environment and process group. It ends when the
// host ends, however the host ends.
type runner struct {
	cmd  *exec.Cmd
	lane *os.File // the child's end; closed here once it is started
	log  hclog.Logger
	stop time.Duration // between SIGTERM and SIGKILL

	stdout, stderr *io.PipeReader
	lastWords      lastLine      // of standard error
	silent         chan struct{} // closed when standard error has ended
	closePipes     func()
	exited         chan struct{} // closed when the process has been waited for
	exit           error
	waited         sync.Mutex
	gone           bool // guarded by waited: another process may now have the number
	killed         sync.Once
	stopping       atomic.Bool
}

func newRunner(cfg Config, env []string, lane *os.File) *runner {
	cmd := exec.Command(cfg.Path, cfg.Args...)
	cmd.Env = env
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if lane != nil {
		cmd.ExtraFiles = []*os.File{lane}
		cmd.Env = append(cmd.Env, EnvLaneFD+"=3")
	}
	return &runner{cmd: cmd, lane: lane, log: cfg.Log, stop: cfg.StopTimeout, exited: make(chan struct{}), silent: make(chan struct{})}
}

// Start implements go-plugin's runner.Runner.
//
// The parent-death signal follows the thread that forked, so one goroutine
// locked to its thread starts the process and stays until it has ended.
func (r *runner) Start(context.Context) error {
	outRead, outWrite, err := os.Pipe()
	if err != nil {
		return err
	}
	errRead, errWrite, err := os.Pipe()
	if err != nil {
		outRead.Close()
		outWrite.Close()
		return err
	}
	r.cmd.Stdout, r.cmd.Stderr = outWrite, errWrite
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		err := r.cmd.Start()
		outWrite.Close()
		errWrite.Close()
		if r.lane != nil {
			r.lane.Close()
		}
		started <- err
		if err == nil {
			r.bury()
		}
	}()
	if err := <-started; err != nil {
		outRead.Close()
		errRead.Close()
		return err
	}
	r.closePipes = func() { outRead.Close(); errRead.Close() }
	r.stdout = r.readStdout(outRead)
	r.stderr = r.readStderr(errRead)
	go r.closeLate()
	return nil
}

// bury waits for the end of the process and kills what is left of its group. It does
// so while the process is a zombie, because until then no other group can have its
// number.
func (r *runner) bury() {
	for unix.Waitid(unix.P_PID, r.cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	r.signal(syscall.SIGKILL)
	r.waited.Lock()
	r.gone = true
	r.exit = r.cmd.Wait()
	r.waited.Unlock()
	close(r.exited)
}

// closeLate ends the readers after the process has ended. A grandchild may keep the
// other ends open.
func (r *runner) closeLate() {
	<-r.exited
	time.Sleep(drainPipes)
	r.closePipes()
}

// readStdout passes the first line, the handshake, to go-plugin. It logs what follows,
// because a module should not write to standard output. It reads until the end, so
// that the module never blocks on a write.
func (r *runner) readStdout(from io.Reader) *io.PipeReader {
	pr, pw := io.Pipe()
	go func() {
		in := bufio.NewReaderSize(from, firstLine)
		line, err := in.ReadSlice('\n')
		pw.Write(line)
		if errors.Is(err, bufio.ErrBufferFull) {
			pw.Write([]byte{'\n'})
			err = nil
		}
		stray := newStray(r.log, r.cmd.Path, "standard output")
		for chunk := make([]byte, 32<<10); err == nil; time.Sleep(strayPause) {
			var n int
			n, err = in.Read(chunk)
			stray.Write(chunk[:n])
		}
		stray.close()
		pw.Close()
	}()
	return pr
}

// readStderr passes lines to go-plugin, which logs them, and keeps the last one,
// which often says why a process did not start.
func (r *runner) readStderr(from io.Reader) *io.PipeReader {
	pr, pw := io.Pipe()
	go func() {
		defer close(r.silent)
		_, err := io.Copy(io.MultiWriter(&r.lastWords, pw), from)
		pw.CloseWithError(err)
	}()
	return pr
}

// lastLine keeps the last line that was written to it, at most firstLine bytes of it.
type lastLine struct {
	mu       sync.Mutex
	text     []byte
	complete bool
}

func (l *lastLine) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for rest := p; len(rest) > 0; {
		line, after, found := bytes.Cut(rest, []byte{'\n'})
		if l.complete && len(line) > 0 {
			l.text, l.complete = l.text[:0], false
		}
		l.text = append(l.text, line[:min(len(line), firstLine-len(l.text))]...)
		l.complete = l.complete || found
		rest = after
	}
	return len(p), nil
}

// String is the line; of an entry of hclog's JSON it is the message and the error.
func (l *lastLine) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var entry struct {
		Message string `json:"@message"`
		Error   string `json:"error"`
	}
	text := string(l.text)
	if json.Unmarshal(l.text, &entry) == nil && entry.Message != "" {
		text = entry.Message
		if entry.Error != "" {
			text += ": " + entry.Error
		}
	}
	return text[:min(len(text), 2*shownLine)]
}

// Kill implements go-plugin's runner.Runner: SIGTERM, a bounded wait, SIGKILL to the group.
func (r *runner) Kill(context.Context) error {
	r.killed.Do(func() {
		r.stopping.Store(true)
		r.signal(syscall.SIGTERM)
		select {
		case <-r.exited:
		case <-time.After(r.stop):
		}
		r.signal(syscall.SIGKILL)
	})
	select {
	case <-r.exited:
		return nil
	case <-time.After(killTimeout):
		return fmt.Errorf("process %s of %s has not ended after SIGKILL", r.ID(), r.cmd.Path)
	}
}

// signal signals the whole group, which has the child's number. After the child has
// been waited for, nothing is sent, because another process may have the number; the
// rest of the group was killed before (see bury).
func (r *runner) signal(s syscall.Signal) {
	r.waited.Lock()
	defer r.waited.Unlock()
	if r.cmd.Process != nil && !r.gone {
		syscall.Kill(-r.cmd.Process.Pid, s)
	}
}

// Wait implements go-plugin's runner.Runner. It returns no error for an end that the
// host asked for.
func (r *runner) Wait(context.Context) error {
	<-r.exited
	if r.stopping.Load() {
		return nil
	}
	return r.exit
}

// Stdout, Stderr, Name, ID, Diagnose and the translators implement go-plugin's runner.Runner.
func (r *runner) Stdout() io.ReadCloser { return r.stdout }
func (r *runner) Stderr() io.ReadCloser { return r.stderr }
func (r *runner) Name() string          { return r.cmd.Path }

func (r *runner) ID() string {
	if r.cmd.Process == nil {
		return ""
	}
	return strconv.Itoa(r.cmd.Process.Pid)
}

func (r *runner) Diagnose(context.Context) string { return "" }

func (r *runner) PluginToHost(network, addr string) (string, string, error) {
	return network, addr, nil
}

func (r *runner) HostToPlugin(network, addr string) (string, string, error) {
	return network, addr, nil
}

// stray logs the first lines that a module writes where it should not write.
type stray struct {
	log   hclog.Logger
	lines int
	line  []byte
}

func newStray(log hclog.Logger, file, where string) *stray {
	return &stray{log: log.With("file", file, "stream", where)}
}

func (s *stray) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		line, after, found := bytes.Cut(rest, []byte{'\n'})
		s.line = append(s.line, line[:min(len(line), shownLine-len(s.line))]...)
		if found {
			s.close()
		}
		rest = after
	}
	return len(p), nil
}

// close logs the line that was collected.
func (s *stray) close() {
	if len(s.line) == 0 {
		return
	}
	s.lines++
	switch {
	case s.lines <= shownLines:
		s.log.Warn("a module wrote to standard output or standard error; use the call's log", "text", string(s.line))
	case s.lines == shownLines+1:
		s.log.Warn("further such lines of this process are not shown")
	}
	s.line = s.line[:0]
}
