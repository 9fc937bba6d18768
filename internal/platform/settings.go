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

// NameChange changes names of a person; what is nil stays as it is.
type NameChange struct{ First, Middle, Last *string }

// Profiles shows what the platform holds of the user.
type Profiles interface {
	Profile(ctx context.Context) (Profile, error)
}

// Settings also changes it. Its calls answer ErrNotOffered on a server that does
// not have them. Of the person no name is needed; the calls answer what SignIn
// does and ErrReauthenticate, and are never repeated by themselves.
type Settings interface {
	Profiles
	ChangeNames(ctx context.Context, person Person, change NameChange) error
	ChangePassword(ctx context.Context, person Person, password secret.Text) error
	ChangeEmail(ctx context.Context, person Person, email string) error
}

var _ Settings = DNAnexus{}

// Profile implements Profiles.
func (d DNAnexus) Profile(ctx context.Context) (Profile, error) {
	me, err := d.client.WhoAmI(ctx, dnanexus.WhoAmIRequest{})
	if err != nil {
		return Profile{}, explain(err)
	}
	user, err := d.client.DescribeUser(ctx, me.ID)
	if err != nil {
		return Profile{}, explain(err)
	}
	return Profile{
		ID: me.ID, Name: user.Handle, First: user.First, Middle: user.Middle, Last: user.Last,
		Email: user.Email, BillTo: user.BillTo, Created: timeOfMillis(user.Created),
	}, nil
}

// ChangeNames implements Settings.
func (d DNAnexus) ChangeNames(ctx context.Context, person Person, change NameChange) error {
	request := dnanexus.UpdateSettingsRequest{Proof: person.proof(), First: change.First, Middle: change.Middle, Last: change.Last}
	return offered(explain(d.client.UpdateSettings(ctx, request)))
}

// ChangePassword implements Settings.
func (d DNAnexus) ChangePassword(ctx context.Context, person Person, password secret.Text) error {
	request := dnanexus.ChangePasswordRequest{Proof: person.proof(), NewPassword: password.OnWire()}
	return offered(explain(d.client.ChangePassword(ctx, request)))
}

// ChangeEmail implements Settings.
func (d DNAnexus) ChangeEmail(ctx context.Context, person Person, email string) error {
	me, err := d.client.WhoAmI(ctx, dnanexus.WhoAmIRequest{})
	if err != nil {
		return explain(err)
	}
	request := dnanexus.UpdateEmailRequest{Proof: person.proof(), NewEmail: email}
	return offered(explain(d.client.UpdateEmail(ctx, me.ID, request)))
}
