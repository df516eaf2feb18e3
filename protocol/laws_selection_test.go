package protocol_test

import (
	"path"
	"regexp"
	"strings"
	"testing"
)

// selected returns the tests that a list of .ci names, by folder and name.
func selected(t *testing.T, list string) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	for line := range strings.Lines(read(t, "../.ci/"+list)) {
		if fields := strings.Fields(line); len(fields) == 2 && fields[0] != "#" && !strings.HasPrefix(line, "#") {
			if names[fields[0]+" "+fields[1]] {
				t.Errorf("%s has %s twice", list, fields[1])
			}
			names[fields[0]+" "+fields[1]] = true
		} else if !strings.HasPrefix(line, "#") {
			t.Errorf("%s: %q is not a folder and a test", list, line)
		}
	}
	if len(names) < 10 {
		t.Fatalf("%s names %d tests", list, len(names))
	}
	return names
}

// written returns the test functions of the repository, by folder and name, with their files.
func written(t *testing.T) map[string]string {
	t.Helper()
	tests := make(map[string]string)
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)
	for _, file := range sources(t, "_test.go") {
		for _, m := range declared.FindAllStringSubmatch(read(t, file), -1) {
			tests[strings.TrimPrefix(path.Dir(file), "../")+" "+m[1]] = path.Base(file)
		}
	}
	return tests
}

// make attack and make chaos run the tests of a list. If a test was renamed or moved
// but its line was not, it would no longer run, and nobody would notice.
func TestListsOfTestsNameWhatThereIs(t *testing.T) {
	tests := written(t)
	for _, list := range []string{"attack.tests", "chaos.tests"} {
		for name := range selected(t, list) {
			if tests[name] == "" {
				t.Errorf(".ci/%s names %s, which is not there; has it been renamed?", list, name)
			}
		}
	}
}

// A test's file or name decides which list it must be in.
func TestAttacksAndKillsAreInTheirLists(t *testing.T) {
	attack, chaos := selected(t, "attack.tests"), selected(t, "chaos.tests")
	violent := regexp.MustCompile(`Kill|Death|Stopped|Race|Once|Crash|Parallel`)
	for name, file := range written(t) {
		if strings.HasPrefix(file, "attack_") && !attack[name] {
			t.Errorf("%s stands in %s and is not in .ci/attack.tests", name, file)
		}
		folder, test, _ := strings.Cut(name, " ")
		if strings.HasPrefix(folder, "host") || strings.HasPrefix(folder, "plugins") || folder == "protocol/modulerpc" {
			if violent.MatchString(test) && !chaos[name] {
				t.Errorf("%s kills, crashes or races by its name and is not in .ci/chaos.tests", name)
			}
		}
	}
}
