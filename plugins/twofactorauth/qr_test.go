package twofactorauth_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"liveapi.host/plugins/twofactorauth"
	"liveapi.host/sdk/sdktest"
)

// zbar returns what a real QR reader reads in a picture.
func zbar(t testing.TB, picture []byte) string {
	t.Helper()
	cmd := exec.Command("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", "png:-")
	cmd.Stdin = bytes.NewReader(picture)
	var problem strings.Builder
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("zbarimg (Debian's zbar-tools): %v: %s", err, &problem)
	}
	return strings.TrimSuffix(string(out), "\n")
}

// raster makes a picture of what is dark, with this many pixels in a module.
func raster(t testing.TB, side, scale int, dark func(col, row int) bool) []byte {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, side*scale, side*scale))
	for y := range side * scale {
		for x := range side * scale {
			if !dark(x/scale, y/scale) {
				picture.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type grid map[[2]int]bool

// quiet checks that the quiet zone has a width of exactly four light modules.
func (g grid) quiet(t testing.TB, name string, side int) {
	t.Helper()
	corner := false
	for at, dark := range g {
		if dark && (at[0] < 4 || at[1] < 4 || at[0] >= side-4 || at[1] >= side-4) {
			t.Fatalf("%s: the module %v lies in the quiet zone", name, at)
		}
		corner = corner || dark && at == [2]int{4, 4}
	}
	if !corner {
		t.Errorf("%s: the code does not begin behind four light modules", name)
	}
}

// gridOfSVG draws the path of the dark modules.
func gridOfSVG(t testing.TB, svg string) (grid, int) {
	t.Helper()
	m := regexp.MustCompile(`^<svg xmlns="http://www\.w3\.org/2000/svg" viewBox="0 0 (\d+) (\d+)" width="\d+" height="\d+" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h(\d+)v(\d+)H0z"/><path fill="#000" d="((?:M\d+ \d+h\d+v1h-\d+z)+)"/></svg>$`).FindStringSubmatch(svg)
	if m == nil || m[1] != m[2] || m[1] != m[3] || m[1] != m[4] {
		t.Fatalf("not the markup of a square: %.300s", svg)
	}
	g := make(grid)
	for _, d := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`).FindAllStringSubmatch(m[5], -1) {
		if d[3] != d[4] {
			t.Fatalf("%s does not close", d[0])
		}
		x, y, n := number(t, d[1]), number(t, d[2]), number(t, d[3])
		for i := range n {
			g[[2]int{x + i, y}] = true
		}
	}
	return g, number(t, m[1])
}

func number(t testing.TB, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// gridOfText reads the blocks as a dark terminal shows them.
func gridOfText(t testing.TB, text string) (grid, int) {
	t.Helper()
	g := make(grid)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	side := len([]rune(lines[0]))
	for i, line := range lines {
		runes := []rune(line)
		if len(runes) != side {
			t.Fatalf("line %d has %d characters, the first one %d", i, len(runes), side)
		}
		for x, r := range runes {
			g[[2]int{x, 2 * i}] = r == ' ' || r == '▄'
			g[[2]int{x, 2*i + 1}] = r == ' ' || r == '▀'
			if !strings.ContainsRune(" ▄▀█", r) {
				t.Fatalf("the character %q", r)
			}
		}
	}
	return g, side
}

// A real QR reader reads the otpauth URI from each format, for accounts and issuers
// of all lengths.
func TestS23QRCodesDecode(t *testing.T) {
	for _, c := range []struct{ name, issuer, account, secret string }{
		{"short", "h", "a", secret},
		{"usual", "host.example.com", "alice", secret},
		{"160 bits", "host.example.com", "alice", strings.Repeat(secret, 2)},
		{"with other letters", "Exämple & Söhne", "ålice@example.com", secret},
		{"long", strings.Repeat("issuer.", 12), strings.Repeat("account.", 12), strings.Repeat(secret, 4)},
		{"longest", strings.Repeat("ü", 127), strings.Repeat("ü", 127), strings.Repeat(secret, 4)},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := sdktest.New(t, twofactorauth.New(twofactorauth.Config{Issuer: c.issuer})).As(c.account)
			want := twofactorauth.URI(c.issuer, c.account, c.secret)
			draw := func(format string) string {
				var out struct {
					Format string `json:"format"`
					Image  string `json:"qr_code"`
				}
				args := sdktest.Args{"secret": c.secret}
				if format != "" {
					args["format"] = format
				}
				h.Call("get_qr_code", args).Decode(&out)
				if wanted := format; format != out.Format && (wanted != "" || out.Format != "png") {
					t.Errorf("format %q, want %q", out.Format, format)
				}
				return out.Image
			}

			encoded, ok := strings.CutPrefix(draw(""), "data:image/png;base64,")
			if !ok || draw("png") != "data:image/png;base64,"+encoded {
				t.Fatal("not a data URI of a PNG, or not the default")
			}
			picture, err := base64.StdEncoding.DecodeString(encoded)
			if err != nil {
				t.Fatal(err)
			}
			if got := zbar(t, picture); got != want {
				t.Errorf("PNG: read %s\nwant %s", got, want)
			}
			drawn, err := png.Decode(bytes.NewReader(picture))
			if err != nil {
				t.Fatal(err)
			}
			side := drawn.Bounds().Dx() / 6
			g := make(grid)
			for y := range side {
				for x := range side {
					red, _, _, _ := drawn.At(x*6+3, y*6+3).RGBA()
					g[[2]int{x, y}] = red == 0
				}
			}
			g.quiet(t, "PNG", side)

			for format, read := range map[string]func(testing.TB, string) (grid, int){"svg": gridOfSVG, "text": gridOfText} {
				g, side := read(t, draw(format))
				g.quiet(t, format, side)
				if got := zbar(t, raster(t, side, 4, func(x, y int) bool { return g[[2]int{x, y}] })); got != want {
					t.Errorf("%s: read %s\nwant %s", format, got, want)
				}
			}
		})
	}
}

func TestQRCodeArguments(t *testing.T) {
	h, _ := newHost(t)
	for args, want := range map[string]string{
		`{}`:                           "The parameter “secret” is required.",
		`{"secret":"JBSWY3DPEHPK3PX"}`: "The parameter “secret” is not a base32 secret: ",
		`{"secret":"` + secret + `","format":"jpeg"}`:  "The parameter “format” is not one that can be drawn: png, svg and text are allowed",
		`{"secret":"` + secret + `","format":"<svg>"}`: "The parameter “format” is not one that can be drawn: png, svg and text are allowed",
	} {
		r := h.CallJSON("get_qr_code", args)
		if r.Status != 0 || !strings.HasPrefix(r.Errors[0], want) || strings.Contains(r.Errors[0], "JBSWY") {
			t.Errorf("%s: %d, %q", args, r.Status, r.Errors)
		}
	}
	h.As("a:b").Call("get_qr_code", sdktest.Args{"secret": secret}).Fails("Failed to draw the QR code: The account's name cannot stand in an otpauth URI: a colon is not allowed.")
	records, err := h.Storage().List(t.Context(), "", "", 10)
	if err != nil || len(records) != 0 {
		t.Errorf("stored: %v, %v", records, err)
	}
}
