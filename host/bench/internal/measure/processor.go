package measure

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// ProcessTime is how long all threads of a process have used a processor, in user
// and kernel mode.
func ProcessTime(pid int) (time.Duration, error) {
	const scheduler = 2 // CPUCLOCK_SCHED, to the nanosecond
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|scheduler), &t); err == nil {
		return time.Duration(t.Nano()), nil
	}
	fields, err := statOf(pid)
	if err != nil {
		return 0, fmt.Errorf("the processor time of a server: %w", err)
	}
	ticks := 0
	for _, field := range fields[11:13] { // utime and stime, proc(5)
		n, err := strconv.Atoi(string(field))
		if err != nil {
			return 0, fmt.Errorf("the processor time of process %d: %w", pid, err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100, nil // USER_HZ is 100 on Linux
}

// statOf returns the fields of /proc/PID/stat from the state on: the name before
// it may have blanks.
func statOf(pid int) ([][]byte, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return nil, err
	}
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 13 {
		return nil, fmt.Errorf("/proc/%d/stat is %q", pid, text)
	}
	return fields, nil
}

// Children returns the children of each process.
func Children() (map[int][]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	children := make(map[int][]int)
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		fields, err := statOf(pid)
		if err != nil {
			continue // it has ended
		}
		if parent, err := strconv.Atoi(string(fields[1])); err == nil {
			children[parent] = append(children[parent], pid)
		}
	}
	return children, nil
}

// Compute uses the processor for so long, by the clock of its thread: the time when
// the thread waits for a processor does not count.
func Compute(span time.Duration) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var began, now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &began); err != nil {
		return err
	}
	for sum := uint64(1); ; {
		for range 5000 { // some microseconds between two looks at the clock
			sum = sum*6364136223846793005 + 1442695040888963407
		}
		if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &now); err != nil {
			return err
		}
		if sum != 0 && time.Duration(now.Nano()-began.Nano()) >= span {
			return nil
		}
	}
}
