package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/dxauth/dxauth/internal/syntax"
	"github.com/dxauth/dxauth/pkg/secret"
)

// newPassword is a password while somebody chooses it.
type newPassword struct {
	text    secret.Text // zero: not asked for yet
	names   []string    // of the person, which make no password
	present secret.Text // the one that it replaces; zero: none
}

// choose asks for a new password, until one passes what can be checked here.
func (a *app) choose(ctx context.Context, p *newPassword) (err error) {
	for p.text.IsZero() {
		if p.text, err = a.term.Secret(ctx, "New password: "); err != nil {
			return err
		}
		if problem := p.check(); problem != nil {
			a.term.Message("%s", capitalized(problem.Error()))
			p.text = secret.Text{}
			continue
		}
		a.term.Message("%s", strengthText(p.text.Reveal(), p.names))
		again, err := a.term.Secret(ctx, "The new password again: ")
		if err != nil {
			return err
		}
		if !p.text.Equal(again) {
			a.term.Message("The two are not the same")
			p.text = secret.Text{}
		}
	}
	return nil
}

// check finds what the server would refuse, as far as it is known here.
func (p newPassword) check() error {
	text := norm.NFC.String(p.text.Reveal())
	switch length := syntax.PasswordLength(p.text); {
	case length < syntax.MinPassword:
		return fmt.Errorf("it needs at least %d characters", syntax.MinPassword)
	case length > syntax.MaxPassword:
		return fmt.Errorf("it can have at most %d characters", syntax.MaxPassword)
	case p.text.Equal(p.present):
		return errors.New("it is the present password")
	}
	for _, name := range p.names {
		if name != "" && strings.EqualFold(text, name) {
			return errors.New("a name of yours is no password")
		}
	}
	return nil
}
