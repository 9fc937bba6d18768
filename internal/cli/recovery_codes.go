package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// placeForCodes is the place where new recovery codes go. They replace the ones
// of before, also where they are lost.
func (a *app) placeForCodes(path string) (*newFile, error) {
	return a.openPlace("--recovery-file", path, "recovery codes")
}

// recoveryJSON is what new recovery codes are with --json.
type recoveryJSON struct {
	RecoveryCodes []string `json:"recoveryCodes"`
	RecoveryFile  string   `json:"recoveryFile,omitempty"` // where they are instead
}

const aboutCodes = "Recovery codes. Each one logs you in once when the phone is not at hand. Keep them apart from your password:"

// handCodes gives the codes to whoever asked for them: in the file, or as lines
// or JSON on standard output.
func (a *app) handCodes(file *newFile, codes []secret.Text) error {
	if file != nil {
		if err := a.writeCodes(file, codes); err != nil {
			return err
		}
		return a.answerJSON(recoveryJSON{RecoveryCodes: []string{}, RecoveryFile: file.path()})
	}
	defer survivePipe()()
	if a.settings.JSON {
		return a.printJSON(recoveryJSON{RecoveryCodes: revealed(codes)})
	}
	a.term.Paragraph("%s", aboutCodes)
	return a.term.Print(strings.Join(revealed(codes), "\n") + "\n")
}

func (a *app) writeCodes(file *newFile, codes []secret.Text) error {
	const header = "# Recovery codes. Each one logs in once in place of a verification code.\n"
	if err := file.write([]byte(header + strings.Join(revealed(codes), "\n") + "\n")); err != nil {
		return err
	}
	a.term.Message("The recovery codes are in %s", file.path())
	return nil
}

// showCodes shows the codes to a person.
func (a *app) showCodes(ctx context.Context, codes []secret.Text) error {
	card := terminal.Card{Title: aboutCodes}
	for i, code := range revealed(codes) {
		card.Fields = append(card.Fields, terminal.Field{Name: fmt.Sprintf("%4d", i+1), Value: code})
	}
	return a.term.Show(ctx, card)
}

// revealed is the one way of recovery codes out to where they are shown.
func revealed(codes []secret.Text) []string {
	var list []string
	for _, code := range codes {
		list = append(list, terminal.Clean(code.Reveal()))
	}
	return list
}
