package platform

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/syntax"
	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// classicServer adapts the client of the classic MOLGENIS. What the platform has
// only as forms of its web page goes through a session of that page, which is
// ended when it has served.
type classicServer struct {
	client *molgenis.Client
	token  secret.Text
	server string // base URL
	host   string
	cookie bool // the credential is a session of the web page
	now    func() time.Time
	random io.Reader

	enrollment *classicEnrollment // that was begun and is not activated; nil: none
}

func newClassic(access Access) *classicServer {
	return &classicServer{
		client: newMOLGENIS(access), token: access.Token, server: access.APIServer, host: hostOf(access.APIServer),
		cookie: access.TokenType == molgenis.CredentialCookie, now: access.Now, random: access.Random,
	}
}

// SignIn implements Authenticator. The REST API takes no code, so a sign-in with
// one is that of the web page, and its session the credential.
func (c *classicServer) SignIn(ctx context.Context, credentials Credentials) (SignInResult, error) {
	if !credentials.Code.IsZero() {
		return c.signInByForm(ctx, credentials)
	}
	answer, err := c.client.Login(ctx, molgenis.LoginRequest{Username: credentials.Username, Password: credentials.Password.OnWire()})
	if errors.Is(err, molgenis.ErrTwoFactor) {
		return c.signInByForm(ctx, credentials)
	}
	if err != nil {
		return SignInResult{}, Explain(err)
	}
	result := SignInResult{
		Token: answer.Token.Text(), TokenType: molgenis.CredentialToken, User: c.user(credentials.Username),
		Expires: c.now().Add(molgenis.TokenLife).UTC(), Idle: durationOf(answer.IdleTimeout, time.Millisecond),
	}
	if answer.Username != "" {
		result.User = c.user(answer.Username)
	}
	if answer.Expires > 0 {
		result.Expires = timeOfMillis(answer.Expires)
	}
	return result, nil
}

func (c *classicServer) user(name string) User { return User{ID: name, Name: name} }

func (c *classicServer) signInByForm(ctx context.Context, credentials Credentials) (SignInResult, error) {
	session, err := c.formSession(ctx, credentials)
	if err != nil {
		return SignInResult{}, err
	}
	return SignInResult{Token: session.cookies, TokenType: molgenis.CredentialCookie, User: c.user(credentials.Username)}, nil
}

// formSession is a session of the web page.
type formSession struct {
	cookies    secret.Text
	withFactor bool // the sign-in took a second factor
}

// formSession signs in as the web page does. A session that stays without its
// second factor is ended.
func (c *classicServer) formSession(ctx context.Context, credentials Credentials) (formSession, error) {
	begun, err := c.client.FormLogin(ctx, credentials.Username, credentials.Password)
	if err != nil {
		return formSession{}, Explain(err)
	}
	switch begun.Stage {
	case molgenis.SignedIn:
		return formSession{cookies: begun.Cookies}, nil
	case molgenis.NeedsEnrollment:
		return formSession{}, ErrEnrollmentRequired.With(Ticket{Secret: begun.Cookies})
	}
	page := c.client.WithCredential(begun.Cookies, molgenis.CredentialCookie)
	cookies, err := giveCode(ctx, page, credentials.Code)
	if err != nil {
		_ = page.Logout(ctx) // an unfinished session, which would expire anyway
		return formSession{}, Explain(err)
	}
	return formSession{cookies: cookies, withFactor: true}, nil
}

func giveCode(ctx context.Context, page *molgenis.Client, code secret.Text) (secret.Text, error) {
	if code.IsZero() {
		return secret.Text{}, ErrCodeRequired
	}
	if syntax.IsVerificationCode(code.Reveal()) {
		return page.ValidateCode(ctx, code)
	}
	return page.UseRecoveryCode(ctx, code)
}

// Whoami implements Authenticator.
func (c *classicServer) Whoami(ctx context.Context) (User, error) {
	who, err := c.client.Context(ctx)
	if errors.Is(err, molgenis.ErrNotFound) {
		return User{}, notOffered("this MOLGENIS is older than 8.0 and does not tell whose a credential is").Wrap(err)
	}
	return c.user(who.Username), Explain(err)
}

// Ping implements Authenticator.
func (c *classicServer) Ping(ctx context.Context) error {
	_, err := c.Whoami(ctx)
	return err
}

// Verify implements Authenticator. The platform does not say when the credential ends.
func (c *classicServer) Verify(ctx context.Context) (Holder, error) {
	user, err := c.Whoami(ctx)
	return Holder{User: user}, err
}

// SignOut implements Authenticator.
func (c *classicServer) SignOut(ctx context.Context) error { return Explain(c.client.Logout(ctx)) }

// SignOutOther implements Authenticator: a session ends with its own token only.
func (c *classicServer) SignOutOther(context.Context, string) error { return nil }

// IsSession implements Authenticator. The platform tells only of a session of its
// web page.
func (c *classicServer) IsSession(context.Context) (bool, error) {
	return c.cookie, nil
}

// AccountHint implements Authenticator: users sign up if the platform allows it, or ask
// the administrator.
func (c *classicServer) AccountHint(ctx context.Context) string {
	if open, err := c.client.SignUpIsOpen(ctx); err == nil && open {
		return "who has no account signs up at " + c.server + "/account/register"
	}
	return askAdministrator(c.host)
}

// Announcements implements Authenticator: MOLGENIS has none.
func (c *classicServer) Announcements(context.Context) ([]Announcement, error) { return nil, nil }

// Call implements Caller: the resource is a path of the REST API below /api,
// and the method one of HTTP.
func (c *classicServer) Call(ctx context.Context, resource, method string, body json.RawMessage) (json.RawMessage, error) {
	method = strings.ToUpper(method)
	known := []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	path, _, _ := strings.Cut(resource, "?")
	switch {
	case !slices.Contains(known, method):
		return nil, refusal.New(refusal.Usage, "on MOLGENIS the method is GET, POST, PUT, PATCH or DELETE")
	case !isAPIPath(path):
		return nil, refusal.New(refusal.Usage, "on MOLGENIS the resource is a path below /api, such as v2/sys_sec_Token?num=10")
	}
	answer, err := c.client.Call(ctx, method, "/api/"+resource, body)
	return answer, Explain(err)
}

// isAPIPath refuses what another part of a URL could begin with, and what leads
// out of /api.
func isAPIPath(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part == "" || part == ".." || strings.Trim(part, wordCharacters+".~") != "" {
			return false
		}
	}
	return true
}

// denied explains a refusal of an entity. The platform refuses a dead token, in
// whose place it takes nobody, as it does a missing right.
func (c *classicServer) denied(ctx context.Context, err error) error {
	if !isDenied(err) {
		return Explain(err)
	}
	if _, gone := c.client.Context(ctx); errors.Is(gone, molgenis.ErrSignedOut) {
		return Explain(gone)
	}
	return Explain(err)
}
