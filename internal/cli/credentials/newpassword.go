package credentials

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/syntax"
	"github.com/dxauth/dxauth/pkg/secret"
)

// NewPassword is a password that a user is choosing.
type NewPassword struct {
	Text    secret.Text // zero until the user enters it
	Names   []string    // names of the user, which the password must not be
	Current secret.Text // the password that it replaces; zero for none
}

// Ask asks for a new password until one passes Check.
func (p *NewPassword) Ask(ctx context.Context, console *kit.Console) (err error) {
	for p.Text.IsZero() {
		if p.Text, err = console.Secret(ctx, "New password: "); err != nil {
			return err
		}
		if problem := p.Check(); problem != nil {
			console.Notice("%s", format.Capitalized(problem.Error()))
			p.Text = secret.Text{}
			continue
		}
		console.Notice("%s", strengthText(p.Text.Reveal(), p.Names))
		again, err := console.Secret(ctx, "The new password again: ")
		if err != nil {
			return err
		}
		if !p.Text.Equal(again) {
			console.Notice("The passwords do not match")
			p.Text = secret.Text{}
		}
	}
	return nil
}

// Check returns an error for a password that the server would reject, as far as
// that can be checked here.
func (p NewPassword) Check() error {
	text := norm.NFC.String(p.Text.Reveal())
	switch length := syntax.PasswordLength(p.Text); {
	case length < syntax.MinPassword:
		return fmt.Errorf("the password must have at least %d characters", syntax.MinPassword)
	case length > syntax.MaxPassword:
		return fmt.Errorf("the password must have at most %d characters", syntax.MaxPassword)
	case p.Text.Equal(p.Current):
		return errors.New("this is your current password")
	}
	for _, name := range p.Names {
		if name != "" && strings.EqualFold(text, name) {
			return errors.New("the password must not be your name")
		}
	}
	return nil
}
