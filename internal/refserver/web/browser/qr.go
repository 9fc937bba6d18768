package browser

import (
	"fmt"
	"html/template"
	"strings"

	"rsc.io/qr"

	"github.com/dxauth/dxauth/pkg/secret"
)

// quietZone is the white frame of a QR code in modules, as the standard wants it.
const quietZone = 4

// qrCode returns a QR code as SVG, dark on light also on a dark page: readers need that.
// It is empty for a text that no code can hold.
func qrCode(text secret.Text) template.HTML {
	code, err := qr.Encode(text.Reveal(), qr.M)
	if err != nil {
		return ""
	}
	size := code.Size + 2*quietZone
	var path strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quietZone, y+quietZone)
			}
		}
	}
	return template.HTML(fmt.Sprintf( // #nosec G203 -- of numbers only
		`<svg class="qr" role="img" aria-label="QR code with the key" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="%s"/></svg>`,
		size, size, size, size, path.String()))
}
