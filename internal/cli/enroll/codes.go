package enroll

import (
	"context"
	"fmt"
	"strings"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// OpenCodesFile opens the file for new recovery codes. Without a file it returns
// an error if standard output would lose them: they replace the old codes in any
// case.
func OpenCodesFile(console *kit.Console, path string) (*kit.NewFile, error) {
	return console.OpenOutput("--recovery-file", path, "recovery codes")
}

// RecoveryJSON is how new recovery codes are printed with --json.
type RecoveryJSON struct {
	RecoveryCodes []string `json:"recoveryCodes"` // empty: they are in the file
	File          *string  `json:"file"`          // that has the codes instead; null: none
}

const aboutCodes = "Recovery codes. Each one logs you in once, without your phone. Keep them apart from your password:"

// HandOver delivers the codes in the file, or as lines or JSON on standard output.
func HandOver(console *kit.Console, file *kit.NewFile, codes []secret.Text) error {
	if file != nil {
		if err := writeCodes(console, file, codes); err != nil {
			return err
		}
		return console.AnswerJSON(RecoveryJSON{RecoveryCodes: []string{}, File: new(file.Path())})
	}
	defer kit.SurvivePipe()()
	if console.JSON {
		return console.PrintJSON(RecoveryJSON{RecoveryCodes: revealed(codes)})
	}
	console.Paragraph("%s", aboutCodes)
	if console.Columns() > 0 { // a user reads them, not a script
		return console.Print("\n" + numbered(codes))
	}
	return console.Print(strings.Join(revealed(codes), "\n") + "\n")
}

// numbered returns the codes as [showCodes] shows them.
func numbered(codes []secret.Text) string {
	var lines strings.Builder
	for i, code := range revealed(codes) {
		fmt.Fprintf(&lines, "%4d  %s\n", i+1, code)
	}
	return lines.String()
}

func writeCodes(console *kit.Console, file *kit.NewFile, codes []secret.Text) error {
	const header = "# Recovery codes. Each one logs in once in place of a verification code.\n"
	if err := file.Write([]byte(header + strings.Join(revealed(codes), "\n") + "\n")); err != nil {
		return err
	}
	console.Message("The recovery codes are in %s", file.Path())
	return nil
}

// showCodes shows the codes on the terminal.
func showCodes(ctx context.Context, console *kit.Console, codes []secret.Text) error {
	card := terminal.Card{Title: aboutCodes}
	for i, code := range revealed(codes) {
		card.Fields = append(card.Fields, terminal.Field{Name: fmt.Sprintf("%4d", i+1), Value: code})
	}
	return console.Show(ctx, card)
}

// revealed returns the plain text of recovery codes. All output of codes uses it.
func revealed(codes []secret.Text) []string {
	var list []string
	for _, code := range codes {
		list = append(list, terminal.Clean(code.Reveal()))
	}
	return list
}

// LeftText says how many recovery codes are left.
func LeftText(count int) string {
	if count == 1 {
		return "1 recovery code is left"
	}
	return fmt.Sprintf("%d recovery codes are left", count)
}
