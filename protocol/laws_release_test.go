package protocol_test

import (
	"os/exec"
	"strings"
	"testing"
)

// make release lists all that a release needs, with a version and without one. Without
// one it builds nothing.
func TestReleaseListsWhatItNeeds(t *testing.T) {
	for _, version := range []string{"", "1.x"} {
		out, err := exec.Command("../.ci/release", version).CombinedOutput()
		if err == nil {
			t.Errorf("version %q was accepted", version)
		}
		for _, line := range []string{
			"Requirements of release X.Y.Z:", "NO  the version is three numbers: make release VERSION=0.2.0",
			"nothing is uncommitted", "the branch is main", `?  CHANGELOG.md has "## X.Y.Z (`, `"## Unreleased" in CHANGELOG.md exists and is empty`,
			"?  there is no tag vX.Y.Z yet", "every test has to pass",
		} {
			if !strings.Contains(string(out), line) {
				t.Errorf("version %q: %q is missing from:\n%s", version, line, out)
			}
		}
	}
}
