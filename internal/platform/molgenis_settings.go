package platform

import (
	"context"

	"github.com/dxauth/dxauth/pkg/secret"
)

var (
	_ Profiles = &Classic{} // its web page has the settings
	_ Settings = EMX2{}
)

// Profile implements Profiles. Names are told where the platform lets a user
// see the own account.
func (c *Classic) Profile(ctx context.Context) (Profile, error) {
	who, err := c.client.Context(ctx)
	if err != nil {
		return Profile{}, explainMOLGENIS(err)
	}
	profile := Profile{ID: who.Username, Name: who.Username, Email: who.Email}
	user, err := c.client.User(ctx, who.Username)
	if err == nil {
		profile.ID, profile.First, profile.Last = user.ID, user.FirstName, user.LastName
	}
	return profile, nil
}

// Profile implements Profiles. EMX2 knows a name and nothing else.
func (e EMX2) Profile(ctx context.Context) (Profile, error) {
	user, err := e.Verify(ctx)
	return Profile{ID: user.ID, Name: user.Name}, err
}

// ChangeNames implements Settings: EMX2 keeps no names.
func (e EMX2) ChangeNames(context.Context, Person, NameChange) error {
	return &UnsupportedError{Message: "EMX2 keeps no names of its users"}
}

// ChangePassword implements Settings. The platform does not ask for the old one,
// so it is checked by a sign-in.
func (e EMX2) ChangePassword(ctx context.Context, person Person, password secret.Text) error {
	if person.Password.IsZero() {
		return ErrReauthenticate
	}
	user, err := e.Verify(ctx)
	if err != nil {
		return err
	}
	person.Username = user.Name
	if _, err := e.SignIn(ctx, person); err != nil {
		return err
	}
	return explainMOLGENIS(e.client.ChangePassword(ctx, password))
}

// ChangeEmail implements Settings: what EMX2 calls an e-mail is the user name.
func (e EMX2) ChangeEmail(context.Context, Person, string) error {
	return &UnsupportedError{Message: "EMX2 keeps no e-mail address beside the user name"}
}
