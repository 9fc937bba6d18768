package platform

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"time"

	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// EMX2 adapts the client of EMX2. It has no second factor of its own: that is
// left to an OpenID provider.
type EMX2 struct {
	client *molgenis.Client
	token  secret.Text
	now    func() time.Time
	random io.Reader
}

var (
	_ Platform = EMX2{}
	_ Caller   = EMX2{}
)

func newEMX2(access Access) EMX2 {
	return EMX2{client: newMOLGENIS(access), token: access.Token, now: access.Now, random: access.Random}
}

// SignIn implements SignIner.
func (e EMX2) SignIn(ctx context.Context, person Person) (Pass, error) {
	token, err := e.client.SignIn(ctx, person.Username, person.Password)
	if errors.Is(err, molgenis.ErrTwoFactor) {
		return Pass{}, &RefusedError{Type: "TwoFactorRequired", Err: err,
			Message: "the account has two-factor authentication, for which a sign-in to EMX2 has no room: log in with a token, dxauth login --token"}
	}
	if err != nil {
		return Pass{}, explainMOLGENIS(err)
	}
	return Pass{
		Token: token, TokenType: molgenis.CredentialToken,
		User: User{ID: person.Username, Name: person.Username}, Expires: e.temporaryEnd(token),
	}, nil
}

// temporaryEnd is what a temporary token says, where it does.
func (e EMX2) temporaryEnd(token secret.Text) time.Time {
	if claims, err := molgenis.ReadClaims(token); err == nil && !claims.Expires.IsZero() {
		return claims.Expires
	}
	return e.now().Add(molgenis.TemporaryLife).UTC()
}

// Whoami implements SignIner.
func (e EMX2) Whoami(ctx context.Context) (User, error) {
	session, err := e.client.Session(ctx)
	return User{ID: session.Email, Name: session.Email}, explainMOLGENIS(err)
}

// Verify implements SignIner. When the credential ends, its own claims tell.
func (e EMX2) Verify(ctx context.Context) (Holder, error) {
	user, err := e.Whoami(ctx)
	claims, _ := molgenis.ReadClaims(e.token) // one that tells nothing has no end
	return Holder{User: user, Expires: claims.Expires}, err
}

// SignOut implements SignIner. A lasting token is taken off the list of the
// user's; a temporary one the platform can't end, and the answer is a
// LingeringError.
func (e EMX2) SignOut(ctx context.Context) error {
	session, err := e.client.Session(ctx)
	if err != nil {
		return explainMOLGENIS(err)
	}
	claims, err := molgenis.ReadClaims(e.token)
	if err == nil && claims.Name != molgenis.TemporaryName && slices.Contains(tokenNames(session), claims.Name) {
		return e.RevokeToken(ctx, claims.Name)
	}
	if err := e.client.SignOut(ctx); err != nil {
		return explainMOLGENIS(err)
	}
	if _, err := e.client.Session(ctx); err == nil {
		return &LingeringError{Until: claims.Expires}
	}
	return nil
}

// Announcements implements SignIner: EMX2 has none.
func (e EMX2) Announcements(context.Context) ([]Announcement, error) { return nil, nil }

// Call implements Caller: the resource is a schema, or api for what belongs to
// none, and the method is graphql.
func (e EMX2) Call(ctx context.Context, resource, method string, body json.RawMessage) (json.RawMessage, error) {
	if method != "graphql" || !schemaName.MatchString(resource) {
		return nil, &UnsupportedError{Message: `on EMX2 the resource is a schema or api, the method is graphql, and the input an object like {"query": "{_session{email}}"}`}
	}
	answer, err := e.client.Call(ctx, "POST", "/"+resource+"/graphql", body)
	return answer, explainMOLGENIS(err)
}

var schemaName = regexp.MustCompile(`^[0-9A-Za-z_-][0-9A-Za-z_ -]*$`)
