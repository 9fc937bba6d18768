package molgenis

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/budget"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/failure"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/graphql"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/web"
	"github.com/dxauth/dxauth/internal/refusal"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// temporaryLifetime is the longest life of a token for a script; being idle may
// end it earlier.
const temporaryLifetime = 30 * time.Minute

// temporary is the name of tokens that no list shows; other tokens cannot have
// it.
const temporary = "temporary"

// Operation is a query or a mutation of EMX2, with the access that it requires.
type Operation struct {
	Kind   graphql.Kind
	Name   string
	Access web.Access
	value  func(*emx2, graphql.Field) (any, error)
}

// Operations is the table of the operations of EMX2.
func (h *Handler) Operations() []Operation {
	return []Operation{
		{graphql.Query, "_session", web.Visitor, h.sessionField},
		{graphql.Query, "_manifest", web.Anyone, h.manifestField},
		{graphql.Query, "_settings", web.Anyone, h.settingsField},
		{graphql.Query, "_schemas", web.Anyone, h.schemasField},
		{graphql.Mutation, "signin", web.Anyone, h.signinField},
		{graphql.Mutation, "signout", web.Visitor, h.signoutField},
		{graphql.Mutation, "signup", web.Anyone, h.signupField},
		{graphql.Mutation, "createToken", web.WholeAccount, h.createTokenField},
		{graphql.Mutation, "changePassword", web.WholeAccount, h.changePasswordField},
		{graphql.Mutation, "change", web.WholeAccount, h.changeField},
	}
}

// resolve returns the value of a field of an operation, with all of its parts.
func (h *Handler) resolve(e *emx2, kind graphql.Kind, field graphql.Field) (any, error) {
	if field.Name == graphql.TypeName {
		return rootType(kind), nil
	}
	at := slices.IndexFunc(h.operations, func(o Operation) bool { return o.Kind == kind && o.Name == field.Name })
	if at < 0 || h.operations[at].Access == web.Nobody {
		return nil, failure.New(http.StatusBadRequest, "Field '%s' in type '%s' is undefined", field.Name, kind)
	}
	operation := h.operations[at]
	switch {
	case !operation.Access.NeedsCredential():
	case !e.signedIn():
		return nil, web.ErrNotSignedIn
	case !e.caller.Token.Scope.Meets(operation.Access.Need()):
		return nil, access.ErrBeyondScope
	}
	return operation.value(e, field)
}

func (h *Handler) manifestField(*emx2, graphql.Field) (any, error) {
	return wire.ManifestResult{ImplementationVersion: EMX2Version, SpecificationVersion: EMX2Version, DatabaseVersion: "1"}, nil
}

func (h *Handler) settingsField(*emx2, graphql.Field) (any, error) {
	return []wire.Setting{{Key: wire.SettingOpenID, Value: "false"}}, nil
}

// schemasField returns no schemas: this server stores no data.
func (h *Handler) schemasField(*emx2, graphql.Field) (any, error) { return []any{}, nil }

// sessionField describes the caller. It makes a token and lists those that there are
// only if the request selects that.
func (h *Handler) sessionField(e *emx2, field graphql.Field) (any, error) {
	if !e.signedIn() {
		return sessionOf(wire.SessionResult{Email: wire.Anonymous}), nil
	}
	if e.session == nil {
		e.session = &wire.SessionResult{Email: e.caller.User.Handle, Admin: e.caller.User.Superuser}
	}
	if selects(field, "settings") {
		if err := h.loadSettings(e); err != nil {
			return nil, err
		}
	}
	if selects(field, "token") {
		if err := h.loadToken(e); err != nil {
			return nil, err
		}
	}
	return sessionOf(*e.session), nil
}

// loadSettings reads the names of the caller's tokens once for a request.
func (h *Handler) loadSettings(e *emx2) error {
	if e.session.Settings != nil || !e.caller.Token.Scope.Meets(access.WholeAccount) {
		return nil
	}
	names, err := h.tokenNames(e, e.caller.User.ID)
	e.session.Settings = []wire.Setting{{Key: wire.SettingAccessTokens, Value: strings.Join(names, ",")}}
	return err
}

// loadToken makes a token once for a request.
func (h *Handler) loadToken(e *emx2) error {
	if e.session.Token != nil {
		return nil
	}
	if e.onlyReads {
		return needsPost("a token")
	}
	token, err := h.temporaryToken(e)
	if err != nil {
		return err
	}
	onWire := token.OnWire()
	e.session.Token = &onWire
	return nil
}

func selects(field graphql.Field, name string) bool {
	return slices.ContainsFunc(field.Fields, func(part graphql.Field) bool { return part.Name == name })
}

func sessionOf(session wire.SessionResult) map[string]any {
	return map[string]any{
		"email": session.Email, "admin": session.Admin, "roles": []string{}, "schemas": []string{},
		"settings": append([]wire.Setting{}, session.Settings...), "token": session.Token,
	}
}

// temporaryToken makes a token for scripts. It reaches all data but not the
// account, and ends with the caller's own token.
func (h *Handler) temporaryToken(e *emx2) (secret.Text, error) {
	order := access.Order{Label: temporary, Form: access.Hex, Scope: scriptScope(), Expires: h.service.Now().Add(temporaryLifetime)}
	made, err := h.service.MakeTokens(e.ctx, e.caller, service.TokenDraft{Order: order})
	if err != nil {
		return secret.Text{}, err
	}
	return made[0].Secret, nil
}

// argument returns a text argument, empty if it is missing or null.
func argument(field graphql.Field, name string) (string, error) {
	value, given := field.Arguments[name]
	if !given || value == nil {
		return "", nil
	}
	text, isText := value.(string)
	if !isText {
		return "", failure.New(http.StatusBadRequest, "argument '%s' of '%s' must be a String", name, field.Name)
	}
	return text, nil
}

// result returns the result of a mutation, with null for a missing token.
func result(status, message string, token *secret.Text) map[string]any {
	shown := map[string]any{"status": status, "message": message, "token": nil}
	if token != nil {
		shown["token"] = token.OnWire()
	}
	return shown
}

// failed turns a refusal into the result of a mutation. A failure of the server
// stays an error.
func failed(e *emx2, err error) (any, error) {
	refused := failure.Of(err)
	if refused.Status >= http.StatusInternalServerError {
		return nil, err
	}
	e.wait = refused.RetryAfter
	return result(wire.StatusFailed, refused.Error(), nil), nil
}

// signinField starts a session, whose token it returns in the result and in a
// cookie. EMX2 has no field for a second factor.
func (h *Handler) signinField(e *emx2, field graphql.Field) (any, error) {
	username, password, err := credentials(field)
	if err != nil {
		return nil, err
	}
	attempt := identity.Attempt{Username: username, Password: password}
	grant, err := h.service.SignIn(e.ctx, attempt, h.loginOrder(temporaryLifetime), e.origin)
	switch {
	case errors.Is(err, identity.ErrCodeRequired), errors.Is(err, identity.ErrEnrollmentRequired):
		return result(wire.StatusFailed, textNoSignIn, nil), nil
	case refusal.ReasonOf(err) == refusal.WrongPassword, refusal.ReasonOf(err) == refusal.SSORequired:
		return result(wire.StatusFailed, "Sign in as '"+username+"' failed: user or password unknown", nil), nil
	case err != nil:
		return failed(e, err)
	}
	if e.cookie.IsPossible() {
		e.setCookie = e.cookie.With(grant.Secret, grant.Token.Expires.Sub(h.service.Now()))
		err = h.endReplaced(e.call)
		e.caller = service.Caller{} // the rest of the request has no caller
	}
	if err != nil {
		return nil, err
	}
	return result(wire.StatusSuccess, "Signed in as '"+grant.User.Handle+"'", &grant.Secret), nil
}

const textNoSignIn = "Sign in is not possible here: " + wire.TextTwoFactor + " is enabled for this account; use a token"

func credentials(field graphql.Field) (username string, password secret.Text, err error) {
	if username, err = argument(field, "email"); err != nil {
		return "", password, err
	}
	given, err := argument(field, "password")
	return username, secret.New(given), err
}

// signoutField ends the session and its token.
func (h *Handler) signoutField(e *emx2, _ graphql.Field) (any, error) {
	if !e.signedIn() {
		return nil, web.ErrNotSignedIn
	}
	if err := h.service.SignOut(e.ctx, e.caller); err != nil {
		return nil, err
	}
	if e.byCookie {
		e.setCookie = e.cookie.Removed()
	}
	e.caller, e.signsOut = service.Caller{}, true
	return result(wire.StatusSuccess, "User has been signed out", nil), nil
}

func (h *Handler) signupField(e *emx2, field graphql.Field) (any, error) {
	username, password, err := credentials(field)
	if err != nil {
		return nil, err
	}
	if err := h.service.SignUp(e.ctx, identity.Draft{Username: username}, password, e.origin); err != nil {
		return failed(e, err)
	}
	message := "User '" + username + "' added"
	if h.service.SignUpMode() == identity.SignUpModerated {
		message = textWaiting
	}
	return result(wire.StatusSuccess, message, nil), nil
}

// account returns the ID of the account that a mutation names. Only
// administrators may act on another account than their own.
func (h *Handler) account(e *emx2, username string) (string, error) {
	switch {
	case username == "" || identity.UserID(username) == e.caller.User.ID:
		return e.caller.User.ID, nil
	case !e.caller.User.Superuser:
		return "", access.ErrNotSuperuser
	}
	account, err := h.service.FindAccount(e.ctx, e.caller, username)
	return account.ID, err
}

// createTokenField makes a token that lasts as long as the server allows. The
// name must be free.
func (h *Handler) createTokenField(e *emx2, field graphql.Field) (any, error) {
	username, err := argument(field, "email")
	if err != nil {
		return nil, err
	}
	name, err := argument(field, "tokenName")
	if err != nil {
		return nil, err
	}
	userID, err := h.account(e, username)
	if err != nil {
		return nil, err
	}
	if !isTokenName(name) {
		return nil, failure.New(http.StatusBadRequest, "tokenName must be 1 to 255 bytes without a comma, and not %q", temporary)
	}
	order := access.Order{Label: name, Form: access.Hex, Expires: h.service.Now().AddDate(100, 0, 0)}
	made, err := h.service.MakeTokens(e.ctx, e.caller, service.TokenDraft{UserID: userID, Order: order, Unique: true})
	if errors.Is(err, access.ErrLabelTaken) {
		return nil, failure.New(http.StatusBadRequest, "a token with the name '%s' exists: revoke it first", name)
	}
	if err != nil {
		return nil, err
	}
	return result(wire.StatusSuccess, "Token '"+name+"' created", &made[0].Secret), nil
}

// isTokenName reports whether a name can be in a list separated by commas.
func isTokenName(name string) bool {
	return name != "" && len(name) <= maxDescription && name != temporary && !strings.Contains(name, ",") && strings.TrimSpace(name) == name
}

// tokenNames lists the names of a user's API tokens that can be in a list.
func (h *Handler) tokenNames(e *emx2, userID string) ([]string, error) {
	var names []string
	err := h.eachNamed(e, userID, func(token service.UserToken) { names = append(names, token.Label) })
	slices.Sort(names)
	return slices.Compact(names), err
}

// eachNamed calls each with the API tokens whose names can be in a list. It refuses when
// there are too many: whoever changes a part of the list revokes the others.
func (h *Handler) eachNamed(e *emx2, userID string, each func(service.UserToken)) error {
	seen := 0
	return h.service.EachToken(e.ctx, e.caller, access.Query{UserID: userID}, func(token service.UserToken) error {
		if seen++; seen > budget.MaxSteps {
			return failure.New(http.StatusBadRequest, "the user has too many tokens to list their names: revoke some over another protocol")
		}
		if token.Kind == access.APIToken && isTokenName(token.Label) {
			each(token)
		}
		return nil
	})
}

func (h *Handler) changePasswordField(e *emx2, field graphql.Field) (any, error) {
	username, password, err := credentials(field)
	if err != nil {
		return nil, err
	}
	userID, err := h.account(e, username)
	if err != nil {
		return nil, err
	}
	edit := service.UserEdit{AccountChange: service.AccountChange{Password: &password}}
	if err := h.service.EditUser(e.ctx, e.caller, service.Proof{OrRecentSignIn: true}, userID, edit); err != nil {
		return nil, err
	}
	return result(wire.StatusSuccess, "Password changed", nil), nil
}
