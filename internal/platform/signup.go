package platform

import "context"

// SignUp tells how somebody gets an account.
type SignUp string

// How that may be.
const (
	SignUpUnknown SignUp = ""
	SignUpClosed  SignUp = "closed" // an administrator makes it
	SignUpOpen    SignUp = "open"   // there is a form for it
)

// SignUps is a platform that tells how somebody gets an account.
type SignUps interface {
	// SignUp answers SignUpUnknown where it could not be found out.
	SignUp(ctx context.Context) SignUp
}

var (
	_ SignUps = &Classic{}
	_ SignUps = EMX2{}
)

// SignUp implements SignUps.
func (c *Classic) SignUp(ctx context.Context) SignUp {
	open, err := c.client.SignUpIsOpen(ctx)
	switch {
	case err != nil:
		return SignUpUnknown
	case open:
		return SignUpOpen
	default:
		return SignUpClosed
	}
}

// SignUp implements SignUps: whether it is open, EMX2 tells nobody.
func (EMX2) SignUp(context.Context) SignUp { return SignUpUnknown }
