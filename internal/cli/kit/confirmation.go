package kit

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/refusal"
)

// AsksHelp is what the help of a command with a [Confirmation] says about it.
const AsksHelp = "Asks for confirmation; without a terminal, --yes is required."

// Confirmation is the flag --yes of a command that ends the access of others, or does
// what can't be undone. Without the flag such a command asks at a terminal, and fails
// elsewhere.
type Confirmation struct{ yes bool }

// Bind defines the flag.
func (c *Confirmation) Bind(flags *pflag.FlagSet) {
	flags.BoolVar(&c.yes, "yes", false, "do not ask")
}

// Require asks the question unless --yes was given. The action is for the error where
// nobody can be asked; otherwise says what stays as it is.
func (c Confirmation) Require(ctx context.Context, console *Console, action, question, otherwise string) error {
	if c.yes {
		return nil
	}
	if err := console.RequireYes(action); err != nil {
		return err
	}
	return console.Confirmed(ctx, question, refusal.New(refusal.Interrupted, "%s", otherwise))
}
