package molgenis

import (
	"net/http"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/failure"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

// The versions that this server reports: the first with all that it offers.
const (
	ClassicVersion = "8.0.0"  // of the REST API
	EMX2Version    = "13.0.0" // of the GraphQL API
	buildDate      = "2019-05-22 00:00 UTC"
)

// loginLifetime is the longest life of a login's token; being idle may end it
// earlier.
const loginLifetime = 2 * time.Hour

// login makes a token for a password. A user with a second factor is refused,
// but only after the right password.
func (h *Handler) login(c call) (response, error) {
	var in wire.LoginRequest
	if err := httpkit.Decode(c.body.json, &in); err != nil {
		return response{}, err
	}
	if err := checkBlanks(in); err != nil {
		return response{}, err
	}
	attempt := identity.Attempt{Username: in.Username, Password: in.Password.Text()}
	grant, err := h.service.SignIn(c.ctx, attempt, h.loginOrder(loginLifetime), c.origin)
	if err != nil {
		return response{}, err
	}
	return inJSON(http.StatusOK, wire.LoginResponse{
		Token: grant.Secret.OnWire(), Username: grant.User.Handle,
		FirstName: grant.User.First, LastName: grant.User.Last,
		Expires: grant.Token.Expires.UnixMilli(), IdleTimeout: grant.Idle.Milliseconds(),
	})
}

// loginOrder orders a session with a token in the format that clients of the
// platform expect.
func (h *Handler) loginOrder(lifetime time.Duration) access.Order {
	return access.Order{Form: access.Hex, Expires: h.service.Now().Add(lifetime)}
}

// checkBlanks lists all blank fields.
func checkBlanks(in wire.LoginRequest) error {
	blank := &failure.Error{Status: http.StatusBadRequest}
	if strings.TrimSpace(in.Username) == "" {
		blank.Messages = append(blank.Messages, wire.ErrorMessage{Message: "username may not be empty"})
	}
	if strings.TrimSpace(in.Password.Text().Reveal()) == "" {
		blank.Messages = append(blank.Messages, wire.ErrorMessage{Message: "password may not be empty"})
	}
	if blank.Messages == nil {
		return nil
	}
	return blank
}

// logout ends the token of the request; a second logout fails.
func (h *Handler) logout(c call) (response, error) {
	token, err := c.tokenSent()
	if err != nil {
		return response{}, err
	}
	if token.IsZero() {
		return response{}, failure.New(http.StatusBadRequest,
			"Missing token in header %s or parameter %s", strings.ToLower(wire.HeaderToken), wire.ParameterToken)
	}
	caller, err := h.service.Authenticate(c.ctx, token, access.WithinScope, c.origin)
	if notGood(err) {
		return response{}, failure.New(http.StatusNotFound, "Invalid token")
	}
	if err != nil {
		return response{}, err
	}
	return silent(http.StatusOK), h.service.SignOut(c.ctx, caller)
}

func (h *Handler) version(call) (response, error) {
	return inJSON(http.StatusOK, wire.VersionResponse{MolgenisVersion: ClassicVersion, BuildDate: buildDate})
}

// context describes the caller; a bad token counts as none.
func (h *Handler) context(c call) (response, error) {
	who := wire.ContextResponse{Username: wire.Anonymous, Roles: []string{wire.RoleAnonymous}, Version: ClassicVersion}
	if c.signedIn() {
		user, err := h.service.User(c.ctx, c.caller.User.ID)
		if err != nil {
			return response{}, err
		}
		who.Authenticated, who.Username, who.Email, who.Roles = true, user.Handle, user.Email, rolesOf(user)
	}
	return inJSON(http.StatusOK, who)
}

func rolesOf(user identity.User) []string {
	if user.Superuser {
		return []string{wire.RoleSuperuser, wire.RoleUser}
	}
	return []string{wire.RoleUser}
}
