package credentials

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/syntax"
	"github.com/dxauth/dxauth/pkg/secret"
)

// NewPassword is a password while somebody chooses it.
type NewPassword struct {
	Text    secret.Text // zero: not asked for yet
	Names   []string    // of the person, which a password must not be
	Present secret.Text // the one that it replaces; zero: none
}

// Ask asks for a new password, until one passes what can be checked here.
func (p *NewPassword) Ask(ctx context.Context, console *kit.Console) (err error) {
	for p.Text.IsZero() {
		if p.Text, err = console.Secret(ctx, "New password: "); err != nil {
			return err
		}
		if problem := p.Check(); problem != nil {
			console.Message("%s", kit.Capitalized(problem.Error()))
			p.Text = secret.Text{}
			continue
		}
		console.Message("%s", strengthText(p.Text.Reveal(), p.Names))
		again, err := console.Secret(ctx, "The new password again: ")
		if err != nil {
			return err
		}
		if !p.Text.Equal(again) {
			console.Message("The two are not the same")
			p.Text = secret.Text{}
		}
	}
	return nil
}

// Check finds what the server would refuse, as far as it is known here.
func (p NewPassword) Check() error {
	text := norm.NFC.String(p.Text.Reveal())
	switch length := syntax.PasswordLength(p.Text); {
	case length < syntax.MinPassword:
		return fmt.Errorf("it needs at least %d characters", syntax.MinPassword)
	case length > syntax.MaxPassword:
		return fmt.Errorf("it can have at most %d characters", syntax.MaxPassword)
	case p.Text.Equal(p.Present):
		return errors.New("it is the present password")
	}
	for _, name := range p.Names {
		if name != "" && strings.EqualFold(text, name) {
			return errors.New("the password must not be your name")
		}
	}
	return nil
}
