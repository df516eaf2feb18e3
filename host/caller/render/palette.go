package render

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Palette has the terminal's codes for the parts of a text; its zero value paints
// nothing.
type Palette struct{ Key, String, Number, Error string }

// Colours is the palette for terminals: the sixteen colours that every one has,
// in its user's own choice of shades.
func Colours() Palette {
	return Palette{Key: "\x1b[36m", String: "\x1b[32m", Number: "\x1b[33m", Error: "\x1b[31m"}
}

const reset = "\x1b[0m"

// of is the code for a value.
func (p Palette) of(k kind, failure bool) string {
	switch {
	case failure && k != null:
		return p.Error
	case k == text:
		return p.String
	}
	return p.Number
}

// paint puts a code around each line of a text: pagers begin every line anew.
func paint(code, text string) string {
	if code == "" || text == "" {
		return text
	}
	return code + strings.ReplaceAll(text, "\n", reset+"\n"+code) + reset
}

// Colour is the palette for out by the flag --color: always and never say so
// themselves; auto is colour for a terminal that can show it (TERM), unless
// NO_COLOR is set to something.
func Colour(when string, out io.Writer) (Palette, error) {
	switch when {
	case "always":
		return Colours(), nil
	case "never":
		return Palette{}, nil
	case "auto":
		if os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && os.Getenv("TERM") != "" && Terminal(out) {
			return Colours(), nil
		}
		return Palette{}, nil
	}
	return Palette{}, fmt.Errorf("--color is %q; auto, always and never are known", when)
}

// Terminal reports whether a stream is a terminal.
func Terminal(stream any) bool {
	file, ok := stream.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	return err == nil
}
