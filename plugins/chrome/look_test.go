package chrome_test

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"liveapi.host/sdk/sdktest"
)

// Texts of the built-in frame have enough contrast with their background, in the
// light and in the dark scheme: WCAG 2.2, 1.4.3.
func TestContrast(t *testing.T) {
	style := between(getDOM(t, sdktest.New(t, module()), nil).Header, "<style>", "</style>")
	light, dark, ok := strings.Cut(style, "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("there is no dark scheme")
	}
	for scheme, css := range map[string]string{"light": light, "dark": dark} {
		css, _, _ = strings.Cut(css, "}")
		colors := map[string]float64{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]+);`).FindAllStringSubmatch(css, -1) {
			colors[m[1]] = luminance(t, m[2])
		}
		for _, pair := range []string{"text ground", "text sheet", "text zebra", "quiet ground", "quiet sheet", "link ground", "link sheet", "link zebra", "on-link link"} {
			front, back, _ := strings.Cut(pair, " ")
			a, there := colors[front]
			b, too := colors[back]
			if ratio := (max(a, b) + .05) / (min(a, b) + .05); !there || !too || ratio < 4.5 {
				t.Errorf("%s: %s has a contrast of %.2f, at least 4.5 is needed", scheme, pair, ratio)
			}
		}
	}
}

// luminance is WCAG's relative luminance of a color in hexadecimal.
func luminance(t *testing.T, hex string) float64 {
	if len(hex) == 3 {
		hex = strings.Repeat(hex[:1], 2) + strings.Repeat(hex[1:2], 2) + strings.Repeat(hex[2:], 2)
	}
	var sum float64
	for i, weight := range []float64{.2126, .7152, .0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= .04045 {
			sum += weight * c / 12.92
		} else {
			sum += weight * math.Pow((c+.055)/1.055, 2.4)
		}
	}
	return sum
}
