package measure

import (
	"fmt"
	"os"
	"strconv"
)

// Short has one digit after the point, for a value below 100.
func Short(value float64) string {
	digits := 0
	if value < 100 {
		digits = 1
	}
	return strconv.FormatFloat(value, 'f', digits, 64)
}

// Progress shows text on a terminal, in the place of the one before.
func Progress(text string) {
	if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		fmt.Fprintf(os.Stderr, "\r%-100s\r", text)
	}
}
