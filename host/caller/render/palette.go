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

// Colours returns the palette for terminals. It uses the sixteen colours that every
// terminal has, in the shades that its user has chosen.
func Colours() Palette {
	return Palette{Key: "\x1b[36m", String: "\x1b[32m", Number: "\x1b[33m", Error: "\x1b[31m"}
}

const reset = "\x1b[0m"

// of returns the code for a value.
func (p Palette) of(k kind, failure bool) string {
	switch {
	case failure && k != null:
		return p.Error
	case k == text:
		return p.String
	}
	return p.Number
}

// paint puts a code around each line of a text, because pagers reset the colour at
// the start of a line.
func paint(code, text string) string {
	if code == "" || text == "" {
		return text
	}
	return code + strings.ReplaceAll(text, "\n", reset+"\n"+code) + reset
}

// Colour returns the palette for out and the flag --color: always, never, or auto.
// auto is colour on a terminal that can show it (TERM), unless NO_COLOR is not empty.
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
	return Palette{}, fmt.Errorf("--color is %q; auto, always and never are allowed", when)
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
