// Package testscreen draws the output of a program as the picture on a terminal, so
// that a test can scan a QR code on it as a camera does.
//
// It promises what a plain terminal of a given size shows: lines that wrap and
// scroll, the colors of the 256-color palette that dxauth uses, block characters as
// blocks, and any other visible character as a mark in its cell. It supports nothing
// else of a terminal and ignores unknown sequences. [QR] reads the picture with
// zbarimg, an independent program.
package testscreen

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// Theme has the default colors of a terminal.
type Theme struct{ Text, Ground color.Gray }

// The themes.
var (
	Dark  = Theme{Text: color.Gray{0xd0}, Ground: color.Gray{0x12}}
	Light = Theme{Text: color.Gray{0x20}, Ground: color.Gray{0xff}}
)

// cell is a character cell of the screen.
type cell struct {
	char         rune
	text, ground color.Gray
}

// screen is the state of the terminal.
type screen struct {
	theme         Theme
	columns, rows int
	cells         [][]cell
	column, row   int
	pen           cell
}

// Draw returns the picture of a screen to which output was written.
func Draw(output string, columns, rows int, theme Theme) image.Image {
	s := &screen{theme: theme, columns: columns, rows: rows}
	s.clear()
	for rest := output; rest != ""; {
		if sequence := escape().FindString(rest); sequence != "" {
			s.obey(sequence)
			rest = rest[len(sequence):]
			continue
		}
		char, length := utf8.DecodeRuneInString(rest)
		s.put(char)
		rest = rest[length:]
	}
	return s.picture()
}

var escape = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\x1b\[[0-?]*[ -/]*[@-~]`) })

func (s *screen) clear() {
	s.pen = cell{char: ' ', text: s.theme.Text, ground: s.theme.Ground}
	s.cells = nil
	for range s.rows {
		s.cells = append(s.cells, s.emptyLine())
	}
	s.column, s.row = 0, 0
}

func (s *screen) emptyLine() []cell {
	line := make([]cell, s.columns)
	for i := range line {
		line[i] = cell{char: ' ', text: s.theme.Text, ground: s.theme.Ground}
	}
	return line
}

func (s *screen) obey(sequence string) {
	parameters, last := sequence[2:len(sequence)-1], sequence[len(sequence)-1]
	switch {
	case last == 'J' && parameters == "2":
		s.clear()
	case last == 'm':
		s.color(strings.Split(parameters, ";"))
	}
}

// color sets or resets the two colors of a QR code.
func (s *screen) color(parameters []string) {
	palette := map[string]color.Gray{"16": {0}, "231": {0xff}}
	for i := 0; i < len(parameters); i++ {
		switch parameters[i] {
		case "", "0":
			s.pen.text, s.pen.ground = s.theme.Text, s.theme.Ground
		case "38", "48":
			if i+2 >= len(parameters) || parameters[i+1] != "5" {
				return
			}
			shade, known := palette[parameters[i+2]]
			if known && parameters[i] == "38" {
				s.pen.text = shade
			} else if known {
				s.pen.ground = shade
			}
			i += 2
		}
	}
}

func (s *screen) put(char rune) {
	switch {
	case char == '\r':
		s.column = 0
		return
	case char == '\n':
		s.lineFeed()
		return
	case char < ' ':
		return
	}
	if s.column == s.columns {
		s.column = 0
		s.lineFeed()
	}
	s.pen.char = char
	s.cells[s.row][s.column] = s.pen
	s.column++
}

func (s *screen) lineFeed() {
	if s.row+1 < s.rows {
		s.row++
		return
	}
	s.cells = append(s.cells[1:], s.emptyLine())
}

// The size of a cell in pixels.
const cellWidth, cellHeight = 6, 12

func (s *screen) picture() image.Image {
	picture := image.NewGray(image.Rect(0, 0, s.columns*cellWidth, s.rows*cellHeight))
	for y, line := range s.cells {
		for x, c := range line {
			place := image.Rect(0, 0, cellWidth, cellHeight).Add(image.Pt(x*cellWidth, y*cellHeight))
			draw.Draw(picture, place, image.NewUniform(c.ground), image.Point{}, draw.Src)
			draw.Draw(picture, ink(c.char).Add(place.Min), image.NewUniform(c.text), image.Point{}, draw.Src)
		}
	}
	return picture
}

// ink is the part of a cell that a character covers.
func ink(char rune) image.Rectangle {
	switch char {
	case ' ':
		return image.Rectangle{}
	case '█':
		return image.Rect(0, 0, cellWidth, cellHeight)
	case '▀':
		return image.Rect(0, 0, cellWidth, cellHeight/2)
	case '▄':
		return image.Rect(0, cellHeight/2, cellWidth, cellHeight)
	default:
		return image.Rect(1, 3, cellWidth-1, cellHeight-3)
	}
}

// QR returns the text of the QR codes in a picture, one per line, and "" if it finds
// none. The test fails if zbarimg is missing.
func QR(t *testing.T, picture image.Image) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "screen.png")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(file, picture); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return QRInFile(t, path)
}

// QRInFile is like [QR] for a picture in a file.
func QRInFile(t *testing.T, path string) string {
	t.Helper()
	const nothingFound = 4
	out, err := exec.Command("zbarimg", "--quiet", "--raw", path).Output()
	if ended, ok := err.(*exec.ExitError); err != nil && (!ok || ended.ExitCode() != nothingFound) {
		t.Fatalf("zbarimg (Debian: zbar-tools): %v", err)
	}
	return strings.TrimSuffix(string(out), "\n")
}
