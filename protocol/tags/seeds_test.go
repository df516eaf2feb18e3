package tags_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the generated seeds of the fuzz targets")

// needSeeds fails a fuzz target whose committed corpus is missing.
func needSeeds(f *testing.F) {
	f.Helper()
	if entries, err := os.ReadDir(filepath.Join("testdata", "fuzz", f.Name())); err != nil || len(entries) == 0 {
		f.Fatalf("no seeds for %s; run go test -run Seeds -update (%v)", f.Name(), err)
	}
}

// seeds are the corpora: for each target its cases, for each case the arguments.
func seeds() map[string][][]string {
	hostile := `'x'=='x' $user \" =gt= !`
	return map[string][][]string{
		"FuzzExpand": {
			{"", ""}, {"foo", "x"}, {"$user", "$user"}, {"${user}name $CPDATA{'DNS'}$CPDATA{\"DNS\"}${CPDATA{ DNS }}", hostile},
			{`\$user \\$user \\\$CPDATA{'$x'}`, `\`}, {"$ $5 ${ ${user $a{ $a{' $a{$b} $$c", "{"}, {"C:\\dir\\ \xff", "x"},
		},
		"FuzzCompare": {
			{
				"",
				"",
			}, {"0", "0.0"}, {"1", "01.0"}, {"-0", "+0"}, {"9007199254740993", "9007199254740992"}, {"-1.25", "-1.2"}, {".5", "5."}, {"0e1", "0e2"},
			{"10", "9a"}, {"a==b", hostile}, {"==", "=gt="}, {"'", `"`}, {`\`, `\'`}, {"$l", "$r{k}"}, {"\xff", "ä"},
		},
		"FuzzHolds": {
			{
				"",
				"",
			}, {"!$user", "0"}, {"$CPDATA{'DEMO'}==0", hostile}, {"a=et=b", ""}, {`"$a $b{"k"}\$"=gt='\$'`, "=="}, {"$a=gtet=$b", "1"}, {"a=lt=b", ""}, {"a =ltet= b", ""}, {"a!=b", ""},
			{"a==b==c", ""}, {"!a==b", ""}, {"a=b", ""}, {"a eq b", ""}, {"'a", ""}, {`"$a{"`, ""}, {`\\$a\$b==c`, "'"},
		},
		"FuzzSetvar": {
			{""},
			{"="},
			{"debug=1"},
			{"a=b=c"},
			{"a_1="},
			{"_a=b"},
			{"1a=b"},
			{"a b=c"},
			{"a"},
			{strings.Repeat("n", 65) + "=x"},
		},
		"FuzzArguments": {
			{""},
			{" "},
			{","},
			{"a, 'b, c', \"d\""},
			{`'it\'s', "\\"`},
			{`'C:\dir' `},
			{"'a'b"},
			{"'a"},
			{"it's, g(1)"},
			{"a,,b,"},
		},
	}
}

func TestSeedsAreCommitted(t *testing.T) {
	for target, cases := range seeds() {
		for i, arguments := range cases {
			path := filepath.Join("testdata", "fuzz", target, fmt.Sprintf("case-%02d", i))
			want := "go test fuzz v1\n"
			for _, a := range arguments {
				want += "string(" + strconv.Quote(a) + ")\n"
			}
			if *update {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != want {
				t.Errorf("%s is not up to date; run go test -run Seeds -update (%v)", path, err)
			}
		}
	}
}
