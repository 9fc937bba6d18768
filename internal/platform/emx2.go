package platform

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// emx2Server adapts the client of EMX2. It has no second factor of its own: that
// is left to an OpenID provider.
type emx2Server struct {
	client *molgenis.Client
	token  secret.Text
	host   string
	now    func() time.Time
	random io.Reader
}

func newEMX2(access Access) emx2Server {
	return emx2Server{client: newMOLGENIS(access), token: access.Token, host: hostOf(access.APIServer), now: access.Now, random: access.Random}
}

// SignIn implements Authenticator.
func (e emx2Server) SignIn(ctx context.Context, credentials Credentials) (SignInResult, error) {
	token, err := e.client.SignIn(ctx, credentials.Username, credentials.Password)
	if errors.Is(err, molgenis.ErrTwoFactor) {
		return SignInResult{}, refusal.New(refusal.Denied,
			"the account has two-factor authentication, for which a sign-in to EMX2 has no room (TwoFactorRequired)").
			WithHint("log in in the browser with dxauth login --sso, or with a token").Wrap(err)
	}
	if err != nil {
		return SignInResult{}, Explain(err)
	}
	return SignInResult{
		Token: token, TokenType: molgenis.CredentialToken,
		User: User{ID: credentials.Username, Name: credentials.Username}, Expires: e.temporaryEnd(token),
	}, nil
}

// temporaryEnd is what a temporary token says, where it does.
func (e emx2Server) temporaryEnd(token secret.Text) time.Time {
	if claims, err := molgenis.ReadClaims(token); err == nil && !claims.Expires.IsZero() {
		return claims.Expires
	}
	return e.now().Add(molgenis.TemporaryLife).UTC()
}

// Whoami implements Authenticator.
func (e emx2Server) Whoami(ctx context.Context) (User, error) {
	session, err := e.client.Session(ctx)
	return User{ID: session.Email, Name: session.Email}, Explain(err)
}

// Ping implements Authenticator.
func (e emx2Server) Ping(ctx context.Context) error {
	_, err := e.Whoami(ctx)
	return err
}

// Verify implements Authenticator. When the credential ends, its own claims tell.
func (e emx2Server) Verify(ctx context.Context) (Holder, error) {
	user, err := e.Whoami(ctx)
	claims, _ := molgenis.ReadClaims(e.token) // one that tells nothing has no end
	return Holder{User: user, Expires: claims.Expires}, err
}

// SignOut implements Authenticator. A lasting token is taken off the list of the
// user's; a temporary one the platform can't end, and it returns an error
// that says so.
func (e emx2Server) SignOut(ctx context.Context) error {
	session, err := e.client.SessionWithSettings(ctx)
	if err != nil {
		return Explain(err)
	}
	claims, err := molgenis.ReadClaims(e.token)
	if err == nil && claims.Name != molgenis.TemporaryName && slices.Contains(tokenNames(session), claims.Name) {
		return e.RevokeToken(ctx, claims.Name)
	}
	if err := e.client.SignOut(ctx); err != nil {
		return Explain(err)
	}
	switch _, err := e.client.Session(ctx); {
	case err == nil:
		return cannotRevoke(claims.Expires)
	case errors.Is(err, molgenis.ErrSignedOut):
		return nil
	default:
		return Explain(err)
	}
}

// SignOutOther implements Authenticator: the platform ends no session.
func (e emx2Server) SignOutOther(context.Context, string) error { return nil }

// IsSession implements Authenticator: the token of a sign-in names itself
// temporary.
func (e emx2Server) IsSession(context.Context) (bool, error) {
	claims, err := molgenis.ReadClaims(e.token)
	return err == nil && claims.Name == molgenis.TemporaryName, nil
}

// AccountHint implements Authenticator. EMX2 does not say whether people can sign
// up.
func (e emx2Server) AccountHint(ctx context.Context) string {
	if has, err := e.client.HasOpenID(ctx); err == nil && has {
		return "most people sign in to " + e.host + " through its OpenID provider: run dxauth login --sso"
	}
	return askAdministrator(e.host)
}

// Announcements implements Authenticator: EMX2 has none.
func (e emx2Server) Announcements(context.Context) ([]Announcement, error) { return nil, nil }

// Call implements Caller: the resource is a schema, or api for what belongs to
// none, and the method is graphql.
func (e emx2Server) Call(ctx context.Context, resource, method string, body json.RawMessage) (json.RawMessage, error) {
	if method != "graphql" || !isSchemaName(resource) {
		return nil, refusal.New(refusal.Usage, `on EMX2 the resource is a schema or api, the method is graphql, and the input an object like {"query": "{_session{email}}"}`)
	}
	answer, err := e.client.Call(ctx, "POST", "/"+resource+"/graphql", body)
	return answer, Explain(err)
}

// isSchemaName refuses what would lead to another path.
func isSchemaName(name string) bool {
	return name != "" && name[0] != ' ' && strings.Trim(name, wordCharacters+" ") == ""
}
