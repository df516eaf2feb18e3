package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// syscallInfo is the head of the kernel's ptrace_syscall_info, which has the
// same form on every kind of machine.
type syscallInfo struct {
	op      uint8 // opEntry at the entry of a system call
	_       [3]byte
	arch    uint32
	ip, sp  uint64
	nr      uint64
	args    [6]uint64
	_padded uint64
}

const (
	ptraceGetSyscallInfo = 0x420e
	opEntry              = 1
)

// writing are the system calls that change a file.
var writing = map[uint64]string{
	unix.SYS_PWRITE64: "pwrite64", unix.SYS_WRITE: "write", unix.SYS_FTRUNCATE: "ftruncate",
	unix.SYS_FSYNC: "fsync", unix.SYS_FDATASYNC: "fdatasync",
}

// early is how long all other threads run on before the kill: a response that does not
// wait for the write is sent in this time, and the test finds it.
const early = 25 * time.Millisecond

// tracerProgram runs a program and kills it with SIGKILL at the entry of its nth
// system call that writes to a file in a folder: [n, folder, program, argument…]. It
// prints that call. strace(1) is not enough: it counts separately for each thread,
// and the Go runtime moves work between threads.
func tracerProgram(args []string) error {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	runtime.LockOSThread() // the tracer of a process is a thread
	cmd := exec.Command(args[2], args[3:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%w; a container needs the capability SYS_PTRACE (--cap-add SYS_PTRACE)", err)
	}
	main := cmd.Process.Pid
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(main, &status, 0, nil); err != nil {
		return err
	}
	// Its threads are traced, but not the processes that it starts.
	if err := syscall.PtraceSetOptions(main, unix.PTRACE_O_TRACECLONE|unix.PTRACE_O_TRACESYSGOOD|unix.PTRACE_O_EXITKILL); err != nil {
		return err
	}
	if err := syscall.PtraceSyscall(main, 0); err != nil {
		return err
	}
	for {
		thread, err := syscall.Wait4(-1, &status, unix.WALL, nil)
		switch {
		case err == syscall.EINTR:
			continue
		case err != nil:
			return err
		case status.Exited() || status.Signaled():
			if thread == main {
				return nil
			}
			continue
		}
		signal := 0
		switch stop := status.StopSignal(); {
		case stop == syscall.SIGTRAP|0x80:
			if call, file := entered(thread); strings.HasPrefix(file, args[1]) {
				if n--; n == 0 {
					fmt.Printf("killed at %s of %s\n", call, strings.TrimPrefix(file, args[1]))
					time.AfterFunc(early, func() { syscall.Kill(main, syscall.SIGKILL) })
					continue
				}
			}
		case stop == syscall.SIGTRAP, stop == syscall.SIGSTOP: // a new thread and its first stop
		default:
			signal = int(stop)
		}
		if err := syscall.PtraceSyscall(thread, signal); err != nil && err != syscall.ESRCH {
			return err
		}
	}
}

// entered returns the writing call that a stopped thread is about to make, and its file.
func entered(thread int) (call, file string) {
	var info syscallInfo
	_, _, errno := syscall.RawSyscall6(
		syscall.SYS_PTRACE,
		ptraceGetSyscallInfo,
		uintptr(thread),
		unsafe.Sizeof(info),
		uintptr(unsafe.Pointer(&info)),
		0,
		0,
	)
	if errno != 0 || info.op != opEntry {
		return "", ""
	}
	call, ok := writing[info.nr]
	if !ok {
		return "", ""
	}
	file, _ = os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", thread, info.args[0]))
	return call, file
}
