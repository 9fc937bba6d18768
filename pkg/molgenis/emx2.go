package molgenis

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

// TemporaryLife is how long a token of a sign-in to EMX2 is valid.
const TemporaryLife = 30 * time.Minute

// TemporaryName is the name of a token that is valid for [TemporaryLife], and of no
// other.
const TemporaryName = "temporary"

// SignIn signs in to EMX2 and returns a token for [TemporaryLife]. It is sent once,
// and returns ErrWrongPassword, or ErrTwoFactor of a server that requires a second
// factor, which the protocol of EMX2 does not have.
func (c *Client) SignIn(ctx context.Context, username string, password secret.Text) (secret.Text, error) {
	const query = `mutation($email:String,$password:String){signin(email:$email,password:$password){status message token}}`
	result, err := field[SignInResult](ctx, c.anonymous(), "signin", query, once,
		map[string]any{"email": username, "password": password.Reveal()})
	switch {
	case err != nil:
		return secret.Text{}, err
	case result.Status != StatusSuccess:
		return secret.Text{}, refusedSignIn(result.Message)
	case result.Token == nil || httpcall.ValidToken(result.Token.Text()) != nil:
		return secret.Text{}, httpcall.Incomplete(c.config.Server, RouteGraphQL, "signin.token")
	}
	return result.Token.Text(), nil
}

func refusedSignIn(message string) error {
	refusal := &Error{Status: http.StatusOK, Message: message, Kind: ErrWrongPassword}
	if mentions(message, TextTwoFactor) {
		refusal.Kind = ErrTwoFactor
	}
	return refusal
}

// SignOut ends the session at EMX2. A token of EMX2 stays valid until it expires.
func (c *Client) SignOut(ctx context.Context) error {
	_, err := field[SignInResult](ctx, c, "signout", `mutation{signout{status message}}`, ending, nil)
	return err
}

// Session returns the user of the credential, without the settings of the account. It
// returns ErrSignedOut if the credential has ended or there is none.
func (c *Client) Session(ctx context.Context) (SessionResult, error) {
	return c.session(ctx, `{_session{email admin roles}}`)
}

// SessionWithSettings is Session with the settings of the account, which list all of its
// tokens.
func (c *Client) SessionWithSettings(ctx context.Context) (SessionResult, error) {
	session, err := c.session(ctx, `{_session{email admin roles settings{key value}}}`)
	if name := httpcall.MissingList(session); err == nil && name != "" {
		err = httpcall.Incomplete(c.config.Server, RouteGraphQL, "_session."+name)
	}
	return session, err
}

// TemporaryToken makes another token, which is valid for [TemporaryLife].
func (c *Client) TemporaryToken(ctx context.Context) (secret.Text, error) {
	session, err := c.session(ctx, `{_session{email token}}`)
	if err != nil {
		return secret.Text{}, err
	}
	if session.Token == nil || httpcall.ValidToken(session.Token.Text()) != nil {
		return secret.Text{}, httpcall.Incomplete(c.config.Server, RouteGraphQL, "_session.token")
	}
	return session.Token.Text(), nil
}

func (c *Client) session(ctx context.Context, query string) (SessionResult, error) {
	session, err := field[SessionResult](ctx, c, "_session", query, reading, nil)
	switch {
	case err != nil:
		return session, err
	case session.Email == Anonymous:
		return session, &Error{Status: http.StatusOK, Kind: ErrSignedOut}
	case !httpcall.ValidName(session.Email):
		return session, httpcall.Incomplete(c.config.Server, RouteGraphQL, "_session.email")
	}
	return session, nil
}

// CreateToken makes a lasting token with a name, which must not be in use.
func (c *Client) CreateToken(ctx context.Context, username, name string) (secret.Text, error) {
	const query = `mutation($email:String,$tokenName:String){createToken(email:$email,tokenName:$tokenName){status message token}}`
	result, err := field[SignInResult](ctx, c, "createToken", query, once, map[string]any{"email": username, "tokenName": name})
	switch {
	case err != nil:
		return secret.Text{}, err
	case result.Status != StatusSuccess:
		return secret.Text{}, &Error{Status: http.StatusOK, Message: result.Message, Kind: ErrPermission}
	case result.Token == nil || httpcall.ValidToken(result.Token.Text()) != nil:
		return secret.Text{}, httpcall.Incomplete(c.config.Server, RouteGraphQL, "createToken.token")
	}
	return result.Token.Text(), nil
}

// ChangePassword sets another password of the user of the credential.
func (c *Client) ChangePassword(ctx context.Context, password secret.Text) error {
	const query = `mutation($password:String){changePassword(password:$password){status message}}`
	result, err := field[SignInResult](ctx, c, "changePassword", query, once, map[string]any{"password": password.Reveal()})
	if err == nil && result.Status != StatusSuccess {
		return &Error{Status: http.StatusOK, Message: result.Message}
	}
	return err
}

// SetSettings replaces all settings of a user.
func (c *Client) SetSettings(ctx context.Context, username string, settings []Setting) error {
	variables := map[string]any{"email": username}
	declared, given := "$email:String", ""
	for i, setting := range settings {
		key, value := fmt.Sprintf("key%d", i), fmt.Sprintf("value%d", i)
		variables[key], variables[value] = setting.Key, setting.Value
		declared += fmt.Sprintf(",$%s:String,$%s:String", key, value)
		given += fmt.Sprintf("{key:$%s,value:$%s}", key, value)
	}
	query := `mutation(` + declared + `){change(users:[{email:$email,settings:[` + given + `]}]){message}}`
	_, err := field[SignInResult](ctx, c, "change", query, once, variables)
	return err
}

// Manifest returns the versions of an EMX2. It is public.
func (c *Client) Manifest(ctx context.Context) (ManifestResult, error) {
	manifest, err := field[ManifestResult](ctx, c.anonymous(), "_manifest", `{_manifest{SpecificationVersion}}`, reading, nil)
	if err == nil && manifest.SpecificationVersion == "" {
		return manifest, httpcall.Incomplete(c.config.Server, RouteGraphQL, "_manifest.SpecificationVersion")
	}
	return manifest, err
}

// HasOpenID reports whether people sign in to EMX2 through an OpenID provider. Accounts
// with a password can still sign in with it.
func (c *Client) HasOpenID(ctx context.Context) (bool, error) {
	settings, err := field[[]Setting](ctx, c.anonymous(), "_settings", `{_settings{key value}}`, reading, nil)
	return slices.Contains(settings, Setting{Key: SettingOpenID, Value: "true"}), err
}

// field makes a call and returns one field of its data.
func field[Out any](ctx context.Context, c *Client, name, query string, tries int, variables map[string]any) (Out, error) {
	var none, out Out
	r, err := inJSON(http.MethodPost, RouteGraphQL, GraphQLRequest{Query: query, Variables: variables}, tries)
	if err != nil {
		return none, err
	}
	sent, err := c.accepted(ctx, r)
	if err != nil {
		return none, err
	}
	var answer GraphQLResponse
	if err := sent.Decode(&answer); err != nil {
		return none, err
	}
	if len(answer.Errors) > 0 {
		refusal := &Error{Status: sent.Status, Message: sent.Message(joined(answer.Errors))}
		refusal.Kind = kindOf(refusal)
		return none, refusal
	}
	if retry := sent.RetryAfter(); retry > 0 { // a sign-in that was not looked at
		return none, &Error{Status: sent.Status, Retry: retry}
	}
	if err := json.Unmarshal(answer.Data[name], &out); err != nil || string(answer.Data[name]) == "null" {
		return none, httpcall.Incomplete(c.config.Server, RouteGraphQL, name)
	}
	if result, ok := any(&out).(*SignInResult); ok {
		result.Message = sent.Message(result.Message)
	}
	return out, nil
}

// Claims is what a token of EMX2 says about itself.
type Claims struct {
	Name    string    // TemporaryName, or that of a lasting token
	Created time.Time // zero: it does not say
	Expires time.Time // zero: it does not say
}

// ReadClaims returns what a token of EMX2 says about itself, without a proof: only
// the platform can check it. It returns an error for a token that is not a JWT, such
// as those of the reference server.
func ReadClaims(token secret.Text) (Claims, error) {
	parts := strings.Split(token.Reveal(), ".")
	if len(parts) != 3 {
		return Claims{}, errNoClaims
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return Claims{}, errNoClaims
	}
	var claims struct {
		ID      string  `json:"jti"`
		Created float64 `json:"iat"` // seconds since 1970
		Expires float64 `json:"exp"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return Claims{}, errNoClaims
	}
	return Claims{Name: claims.ID, Created: claimedTime(claims.Created), Expires: claimedTime(claims.Expires)}, nil
}

// claimedTime returns the time of a claim in seconds since 1970, or the zero time.
func claimedTime(seconds float64) time.Time {
	const latest = 253402300799 // the end of the year 9999
	if seconds <= 0 || seconds > latest {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}

var errNoClaims = errors.New("the token says nothing about itself")
