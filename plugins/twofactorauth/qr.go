package twofactorauth

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"

	"liveapi.host/sdk"
)

const (
	// quietZone is the light border that readers need, in modules (ISO/IEC 18004).
	quietZone = 4

	pixels = 6 // in a module of a PNG
)

type qrIn struct {
	Secret sdk.Secret `json:"secret" required:"true" doc:"The secret that generate_user_configuration returned."`
	Format string     `json:"format" doc:"png (default): a data URI for the src of an img; svg: the markup of an svg element; text: lines of block characters for a terminal with light text on dark."`
}

type qrOut struct {
	Format string `json:"format" doc:"The format, as it was asked for."`
	Image  string `json:"qr_code" secret:"true" doc:"The QR code of the otpauth URI. It holds the secret."`
}

func (m *module) qrCode(ctx context.Context, call *sdk.Call, in qrIn) (qrOut, error) {
	draw, format := drawPNG, "png"
	switch in.Format {
	case "", "png":
	case "svg":
		draw, format = drawSVG, in.Format
	case "text":
		draw, format = drawText, in.Format
	default:
		return qrOut{}, sdk.BadParam("format", "is not one that can be drawn", "png, svg and text are allowed")
	}
	secret, err := secretParam(in.Secret)
	if err != nil {
		return qrOut{}, err
	}
	if err := m.checkAccount(call, "Failed to draw the QR code: "); err != nil {
		return qrOut{}, err
	}
	set, err := m.settings(ctx, call)
	if err != nil {
		return qrOut{}, prefixed("Failed to draw the QR code: ", err)
	}
	code, err := encodeQR(otpauth(set.Issuer, call.Account, secret.Reveal()))
	if err != nil {
		return qrOut{}, err
	}
	drawn, err := draw(code)
	return qrOut{Format: format, Image: drawn}, err
}

// matrix has the dark modules of a QR code. It includes the quiet zone.
type matrix struct {
	code barcode.Barcode
	size int // modules along a side
}

// dark is false outside of the code.
func (x matrix) dark(col, row int) bool {
	at := image.Pt(col-quietZone, row-quietZone)
	return at.In(x.code.Bounds()) && x.code.At(at.X, at.Y) == color.Black
}

// encodeQR makes a code that corrects up to 15 % of errors. A text that is too long
// for this gets one that corrects up to 7 %, which is enough for the longest URI.
func encodeQR(text string) (matrix, error) {
	code, err := qr.Encode(text, qr.M, qr.Unicode)
	if err != nil {
		code, err = qr.Encode(text, qr.L, qr.Unicode)
	}
	if err != nil { // the library's own error quotes the text
		return matrix{}, fmt.Errorf("a QR code cannot hold %d bytes", len(text))
	}
	return matrix{code: code, size: code.Bounds().Dx() + 2*quietZone}, nil
}

func drawPNG(x matrix) (string, error) {
	side := x.size * pixels
	picture := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for i := range picture.Pix {
		if x.dark(i%side/pixels, i/side/pixels) {
			picture.Pix[i] = 1
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		return "", errors.New("the QR code could not be written as PNG")
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

func drawSVG(x matrix) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b,
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %[1]d" width="%d" height="%[2]d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%[1]dv%[1]dH0z"/><path fill="#000" d="`, x.size, x.size*pixels)
	for row := range x.size {
		for col := 0; col < x.size; col++ {
			start := col
			for x.dark(col, row) {
				col++
			}
			if col > start {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%[3]dz", start, row, col-start)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return b.String(), nil
}

// drawText puts two rows of modules into a line. An empty terminal is dark, so the
// block characters are the light modules.
func drawText(x matrix) (string, error) {
	var b strings.Builder
	for row := 0; row < x.size; row += 2 {
		for col := range x.size {
			switch above, below := x.dark(col, row), x.dark(col, row+1); {
			case above && below:
				b.WriteByte(' ')
			case above:
				b.WriteString("▄")
			case below:
				b.WriteString("▀")
			default:
				b.WriteString("█")
			}
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
}
