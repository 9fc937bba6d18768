package platform

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Profile is the personal information that the platform holds of a user. What it
// does not hold is empty.
type Profile struct {
	ID      string
	Name    string // to sign in with
	First   string
	Middle  string
	Last    string
	Email   string
	BillTo  string
	Created time.Time
}

// NameChange changes names of a user; what is nil stays as it is.
type NameChange struct{ First, Middle, Last *string }

// Profiles shows what the platform holds of the user.
type Profiles interface {
	Profile(ctx context.Context) (Profile, error)
}

// Settings also changes it. Its calls return ErrNotOffered from a server that
// does not have them. The credentials need no user name; the calls return the
// errors of SignIn and ErrReauthenticate, and are never repeated by themselves.
type Settings interface {
	Profiles
	ChangeNames(ctx context.Context, credentials Credentials, change NameChange) error
	ChangePassword(ctx context.Context, credentials Credentials, password secret.Text) error
	ChangeEmail(ctx context.Context, credentials Credentials, email string) error
}

// Profile implements Profiles.
func (d dnanexusServer) Profile(ctx context.Context) (Profile, error) {
	me, err := d.client.WhoAmI(ctx, dnanexus.WhoAmIRequest{})
	if err != nil {
		return Profile{}, Explain(err)
	}
	user, err := d.client.DescribeUser(ctx, me.ID)
	if err != nil {
		return Profile{}, Explain(err)
	}
	return Profile{
		ID: me.ID, Name: user.Handle, First: user.First, Middle: user.Middle, Last: user.Last,
		Email: user.Email, BillTo: user.BillTo, Created: timeOfMillis(user.Created),
	}, nil
}

// ChangeNames implements Settings.
func (d dnanexusServer) ChangeNames(ctx context.Context, credentials Credentials, change NameChange) error {
	request := dnanexus.UpdateSettingsRequest{Proof: credentials.Proof(), First: change.First, Middle: change.Middle, Last: change.Last}
	return offered(d.client.UpdateSettings(ctx, request))
}

// ChangePassword implements Settings.
func (d dnanexusServer) ChangePassword(ctx context.Context, credentials Credentials, password secret.Text) error {
	request := dnanexus.ChangePasswordRequest{Proof: credentials.Proof(), NewPassword: password.OnWire()}
	return offered(d.client.ChangePassword(ctx, request))
}

// ChangeEmail implements Settings.
func (d dnanexusServer) ChangeEmail(ctx context.Context, credentials Credentials, email string) error {
	me, err := d.client.WhoAmI(ctx, dnanexus.WhoAmIRequest{})
	if err != nil {
		return Explain(err)
	}
	request := dnanexus.UpdateEmailRequest{Proof: credentials.Proof(), NewEmail: email}
	return offered(d.client.UpdateEmail(ctx, me.ID, request))
}
