package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// codePlace is where recovery codes go: a file, the terminal of a person, or
// standard output for a program.
type codePlace struct {
	*app
	file *newFile // nil: not there
}

// placeForCodes makes the file before there are codes.
func (a *app) placeForCodes(path string) (codePlace, error) {
	if path == "" {
		return codePlace{app: a}, nil
	}
	file, err := openNew("--recovery-file", path)
	return codePlace{app: a, file: &file}, err
}

// recoveryJSON is what new recovery codes are with --json.
type recoveryJSON struct {
	RecoveryCodes []string `json:"recoveryCodes"`
	RecoveryFile  string   `json:"recoveryFile,omitempty"` // where they are instead
}

// hand gives the codes to whoever asked for them.
func (p codePlace) hand(ctx context.Context, codes []secret.Text) error {
	var list []string
	for _, code := range codes {
		list = append(list, terminal.Clean(code.Reveal()))
	}
	switch {
	case p.file != nil:
		return p.toFile(list)
	case p.settings.JSON:
		return p.printJSON(recoveryJSON{RecoveryCodes: list})
	case p.term.CanAsk() != nil:
		return p.term.Print(strings.Join(list, "\n") + "\n")
	}
	card := terminal.Card{Title: "Recovery codes. Each one logs you in once when the phone is not at hand. Keep them apart from your password:"}
	for i, code := range list {
		card.Fields = append(card.Fields, terminal.Field{Name: fmt.Sprintf("%4s", strconv.Itoa(i+1)), Value: code})
	}
	return p.term.Show(ctx, card)
}

func (p codePlace) toFile(list []string) error {
	path := p.file.file.Name()
	const header = "# Recovery codes. Each one logs in once in place of a verification code.\n"
	if err := p.file.write([]byte(header + strings.Join(list, "\n") + "\n")); err != nil {
		return err
	}
	p.term.Message("The recovery codes are in %s", path)
	if p.settings.JSON {
		return p.printJSON(recoveryJSON{RecoveryCodes: []string{}, RecoveryFile: path})
	}
	return nil
}

// drop removes a file of codes that are worth nothing. It answers the cause.
func (p codePlace) drop(cause error) error {
	if p.file == nil {
		return cause
	}
	return p.file.drop(cause)
}
