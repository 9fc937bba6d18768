package platform

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Classic adapts the client of the classic MOLGENIS. What the platform has only
// as forms of its web page goes through a session of that page, which is ended
// when it has served.
type Classic struct {
	client *molgenis.Client
	token  secret.Text
	host   string
	cookie bool // the credential is a session of the web page
	now    func() time.Time
	random io.Reader

	enrolment *classicEnrolment // that was begun and is not activated; nil: none
}

var (
	_ Platform = &Classic{}
	_ Caller   = &Classic{}
)

func newClassic(access Access) *Classic {
	return &Classic{
		client: newMOLGENIS(access), token: access.Token, host: hostOf(access.APIServer), now: access.Now, random: access.Random,
		cookie: access.TokenType == molgenis.CredentialCookie,
	}
}

func hostOf(server string) string {
	_, host, _ := strings.Cut(server, "://")
	return host
}

// SignIn implements SignIner. The REST API takes no code, so a sign-in with one
// is that of the web page, and its session the credential.
func (c *Classic) SignIn(ctx context.Context, person Person) (Pass, error) {
	if !person.Code.IsZero() {
		return c.signInByForm(ctx, person)
	}
	answer, err := c.client.Login(ctx, molgenis.LoginRequest{Username: person.Username, Password: person.Password.OnWire()})
	if errors.Is(err, molgenis.ErrTwoFactor) {
		return c.signInByForm(ctx, person)
	}
	if err != nil {
		return Pass{}, explainMOLGENIS(err)
	}
	pass := Pass{
		Token: answer.Token.Text(), TokenType: molgenis.CredentialToken, User: c.user(person.Username),
		Expires: c.now().Add(molgenis.TokenLife).UTC(), Idle: time.Duration(answer.IdleTimeout) * time.Millisecond,
	}
	if answer.Username != "" {
		pass.User = c.user(answer.Username)
	}
	if answer.Expires > 0 {
		pass.Expires = time.UnixMilli(answer.Expires).UTC()
	}
	return pass, nil
}

func (c *Classic) user(name string) User { return User{ID: name, Name: name} }

func (c *Classic) signInByForm(ctx context.Context, person Person) (Pass, error) {
	session, err := c.formSession(ctx, person)
	if err != nil {
		return Pass{}, err
	}
	return Pass{Token: session.cookies, TokenType: molgenis.CredentialCookie, User: c.user(person.Username)}, nil
}

// formSession is a session of the web page.
type formSession struct {
	cookies    secret.Text
	withFactor bool // the sign-in took a second factor
}

// formSession signs in as the web page does. A session that stays without its
// second factor is ended.
func (c *Classic) formSession(ctx context.Context, person Person) (formSession, error) {
	begun, err := c.client.FormLogin(ctx, person.Username, person.Password)
	if err != nil {
		return formSession{}, explainMOLGENIS(err)
	}
	switch begun.Stage {
	case molgenis.SignedIn:
		return formSession{cookies: begun.Cookies}, nil
	case molgenis.NeedsEnrollment:
		return formSession{}, &EnrolmentRequiredError{Ticket: begun.Cookies}
	}
	page := c.client.WithCredential(begun.Cookies, molgenis.CredentialCookie)
	cookies, err := giveCode(ctx, page, person.Code)
	if err != nil {
		_ = page.Logout(ctx) // half a session, which would end by itself
		return formSession{}, explainMOLGENIS(err)
	}
	return formSession{cookies: cookies, withFactor: true}, nil
}

// verificationCode is what an authenticator shows; anything else is a recovery
// code.
var verificationCode = regexp.MustCompile(`^[0-9]{6}$`)

func giveCode(ctx context.Context, page *molgenis.Client, code secret.Text) (secret.Text, error) {
	if code.IsZero() {
		return secret.Text{}, ErrCodeRequired
	}
	if verificationCode.MatchString(code.Reveal()) {
		return page.ValidateCode(ctx, code)
	}
	return page.UseRecoveryCode(ctx, code)
}

// Whoami implements SignIner.
func (c *Classic) Whoami(ctx context.Context) (User, error) {
	who, err := c.client.Context(ctx)
	if errors.Is(err, molgenis.ErrNotFound) {
		return User{}, &RefusedError{Type: "NotOffered", Err: err, Kind: ErrNotOffered,
			Message: "this MOLGENIS is older than 8.0 and does not tell whose a credential is"}
	}
	return c.user(who.Username), explainMOLGENIS(err)
}

// Verify implements SignIner. When the credential ends is not told.
func (c *Classic) Verify(ctx context.Context) (Holder, error) {
	user, err := c.Whoami(ctx)
	return Holder{User: user}, err
}

// SignOut implements SignIner.
func (c *Classic) SignOut(ctx context.Context) error { return explainMOLGENIS(c.client.Logout(ctx)) }

// Announcements implements SignIner: MOLGENIS has none.
func (c *Classic) Announcements(context.Context) ([]Announcement, error) { return nil, nil }

// Call implements Caller: the resource is a path of the REST API below /api,
// and the method one of HTTP.
func (c *Classic) Call(ctx context.Context, resource, method string, body json.RawMessage) (json.RawMessage, error) {
	method = strings.ToUpper(method)
	known := []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	path, _, _ := strings.Cut(resource, "?")
	switch {
	case !slices.Contains(known, method):
		return nil, &UnsupportedError{Message: "on MOLGENIS the method is GET, POST, PUT, PATCH or DELETE"}
	case !apiPath.MatchString(path) || strings.Contains("/"+path+"/", "/../"):
		return nil, &UnsupportedError{Message: "on MOLGENIS the resource is a path below /api, such as v2/sys_sec_Token?num=10"}
	}
	answer, err := c.client.Call(ctx, method, "/api/"+resource, body)
	return answer, explainMOLGENIS(err)
}

// apiPath has nothing that another part of a URL could begin with.
var apiPath = regexp.MustCompile(`^[0-9A-Za-z_.~-]+(/[0-9A-Za-z_.~-]+)*$`)

// denied explains a refusal of an entity. The platform refuses a dead token, in
// whose place it takes nobody, as it does a missing right.
func (c *Classic) denied(ctx context.Context, err error) error {
	if !isDenied(err) {
		return explainMOLGENIS(err)
	}
	if _, gone := c.client.Context(ctx); errors.Is(gone, molgenis.ErrSignedOut) {
		return explainMOLGENIS(gone)
	}
	return explainMOLGENIS(err)
}
