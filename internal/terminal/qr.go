package terminal

import (
	"errors"
	"strings"

	"github.com/mdp/qrterminal/v3"
	"rsc.io/qr"

	"github.com/dxauth/dxauth/pkg/secret"
)

// ErrTooLongForQR means a text that no QR code can hold: over 2953 bytes.
var ErrTooLongForQR = errors.New("too long for a QR code")

// quietZone is the white frame of a QR code in modules. The standard wants four,
// and every reader is content with two.
const quietZone = 2

// QR is a QR code, to be shown in a terminal or written as a picture. It holds a
// secret if its text is one.
type QR struct {
	text secret.Text
	code *qr.Code
}

// NewQR makes a QR code of a text, or returns [ErrTooLongForQR].
func NewQR(text secret.Text) (*QR, error) {
	code, err := qr.Encode(text.Reveal(), qr.L)
	if err != nil {
		return nil, ErrTooLongForQR
	}
	return &QR{text: text, code: code}, nil
}

// PNG returns the code as a picture, for a viewer or a printer.
func (q *QR) PNG() []byte { return q.code.PNG() }

// columns is how wide the code is in a terminal: a module is a column wide and
// half a row high.
func (q *QR) columns() int { return q.code.Size + 2*quietZone }

// rows is how high it is.
func (q *QR) rows() int { return (q.columns() + 1) / 2 }

// Colours of the fixed cube, which no theme changes: what a camera reads must be
// dark on light, also on a terminal that is light on dark. They are no
// decoration, so NO_COLOR does not take them away. White cells are ink on a
// ground of the same colour: fonts whose blocks leave a gap show none then, and
// whoever cuts blanks off the ends of lines cuts no white off.
const (
	white        = "\x1b[38;5;231;48;5;231m"
	whiteOnBlack = "\x1b[38;5;231;48;5;16m"
	plainAgain   = "\x1b[0m"
)

// whiteCell is one whose modules are both white.
const whiteCell = "█"

// lines returns the rows of the code in half blocks.
func (q *QR) lines() []string {
	var drawn strings.Builder
	qrterminal.GenerateWithConfig(q.text.Reveal(), qrterminal.Config{
		Level: qr.L, Writer: &drawn, QuietZone: quietZone,
		HalfBlocks: true, WhiteChar: whiteCell, BlackChar: " ", BlackWhiteChar: "▄", WhiteBlackChar: "▀",
	})
	lines := strings.Split(strings.TrimSuffix(drawn.String(), "\n"), "\n")
	// The lower half of the last row is meant for a dark terminal: it is black.
	lines[len(lines)-1] = strings.Repeat(whiteCell, q.columns())
	for i, line := range lines {
		lines[i] = coloured(line)
	}
	return lines
}

// coloured puts the colours before each run of cells that share them.
func coloured(line string) string {
	var text strings.Builder
	before := ""
	for _, cell := range line {
		style := whiteOnBlack
		if string(cell) == whiteCell {
			style = white
		}
		if style != before {
			text.WriteString(style)
			before = style
		}
		text.WriteRune(cell)
	}
	return text.String() + plainAgain
}
