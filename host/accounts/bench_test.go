package accounts_test

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"liveapi.host/host/accounts"
	"liveapi.host/protocol"
)

// BenchmarkAccount measures what each gated call costs. The budget is 2 µs and 2
// allocations for an account whose file has not changed.
func BenchmarkAccount(b *testing.B) {
	f := newFixture(b)
	f.passwd(b, "ann:x:1001:1001::/home/ann:/bin/bash\nbob:x:1002:1002::/home/bob:/bin/sh\n")
	f.write(b, "ann", example)
	f.age()
	for name, account := range map[string]string{"file": "ann", "no file": "bob"} {
		b.Run(name, func(b *testing.B) { lookUp(b, f.source, account) })
	}
	b.Run("only the two stats", func(b *testing.B) { // the lower bound
		path := f.path("ann")
		for b.Loop() {
			var file, users unix.Stat_t
			if err := errors.Join(unix.Lstat(path, &file), unix.Stat(f.users, &users)); err != nil {
				b.Fatal(err)
			}
		}
	})
	f.write(b, "cat", "demo: yes")
	b.Run("file with a mistake", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := f.source.Account(b.Context(), "cat"); err == nil {
				b.Fatal("the file was accepted")
			}
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := f.source.Account(b.Context(), "ann"); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

// BenchmarkAccountChanged measures the cost of reading a file again.
func BenchmarkAccountChanged(b *testing.B) {
	f := newFixture(b)
	f.write(b, "ann", example) // without age: the file is read each time
	lookUp(b, accounts.New(f.folder, nil, time.Now), "ann")
}

func lookUp(b *testing.B, source protocol.Accounts, name string) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := source.Account(b.Context(), name); err != nil {
			b.Fatal(err)
		}
	}
}

// TestAccountStaysWithinItsAllocations checks the part of the budget that does not
// depend on the machine.
func TestAccountStaysWithinItsAllocations(t *testing.T) {
	f := newFixture(t)
	f.passwd(t, "ann:x:1001:1001::/home/ann:/bin/bash\n")
	f.write(t, "ann", example)
	f.age()
	f.account(t, "ann")
	allocations := testing.AllocsPerRun(100, func() { f.account(t, "ann") })
	if allocations > 2 {
		t.Errorf("%v allocations; the budget is 2", allocations)
	}
}
