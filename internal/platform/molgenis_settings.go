package platform

import (
	"context"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Profile implements Profiles. It has names only if the platform lets users see their
// own account.
func (c *classicServer) Profile(ctx context.Context) (Profile, error) {
	who, err := c.client.Context(ctx)
	if err != nil {
		return Profile{}, Explain(err)
	}
	profile := Profile{ID: who.Username, Name: who.Username, Email: who.Email}
	user, err := c.client.User(ctx, who.Username)
	if err == nil {
		profile.ID, profile.First, profile.Last = user.ID, user.FirstName, user.LastName
	}
	return profile, nil
}

// Profile implements Profiles. EMX2 knows a name and nothing else.
func (e emx2Server) Profile(ctx context.Context) (Profile, error) {
	user, err := e.Verify(ctx)
	return Profile{ID: user.ID, Name: user.Name}, err
}

// ChangeNames implements Settings: EMX2 keeps no names.
func (e emx2Server) ChangeNames(context.Context, Credentials, NameChange) error {
	return refusal.New(refusal.Usage, "EMX2 keeps no names of its users")
}

// ChangePassword implements Settings. The platform does not ask for the old one,
// so it is checked by a sign-in.
func (e emx2Server) ChangePassword(ctx context.Context, credentials Credentials, password secret.Text) error {
	if credentials.Password.IsZero() {
		return ErrReauthenticate
	}
	user, err := e.Verify(ctx)
	if err != nil {
		return err
	}
	credentials.Username = user.Name
	if _, err := e.SignIn(ctx, credentials); err != nil {
		return err
	}
	return Explain(e.client.ChangePassword(ctx, password))
}

// ChangeEmail implements Settings: what EMX2 calls an e-mail is the user name.
func (e emx2Server) ChangeEmail(context.Context, Credentials, string) error {
	return refusal.New(refusal.Usage, "EMX2 keeps no e-mail address beside the user name")
}
