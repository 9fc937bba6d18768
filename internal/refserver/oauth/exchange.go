package oauth

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/service/trust"
	rules "github.com/dxauth/dxauth/internal/refserver/trust"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/syntax"
	wiredx "github.com/dxauth/dxauth/pkg/dnanexus"
	wire "github.com/dxauth/dxauth/pkg/oauth"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Parameters of an exchange (RFC 8693, section 2.1), and our own, which say which of
// several trust rules is meant.
const (
	paramResource         = "resource"
	paramAudience         = "audience"
	paramSubjectToken     = "subject_token"
	paramSubjectTokenType = "subject_token_type"
	paramActorToken       = "actor_token"
	paramActorTokenType   = "actor_token_type"
	paramRequestedType    = "requested_token_type"
	paramOrg              = "org"  // ID or handle
	paramRule             = "rule" // ID
)

// Types of tokens (RFC 8693, section 3).
const (
	typeAccessToken = "urn:ietf:params:oauth:token-type:access_token"
	typeJWT         = "urn:ietf:params:oauth:token-type:jwt"
)

// errInvalidTarget is the code for a resource or audience that is not this server (RFC
// 8693, section 2.2.2).
const errInvalidTarget = "invalid_target"

// Exchanger returns what exchanges the ID tokens of jobs by trust rules.
func Exchanger(trusts *trust.Service) func(context.Context, Exchange) (wire.TokenResponse, error) {
	return func(ctx context.Context, e Exchange) (wire.TokenResponse, error) {
		if err := checkExchange(e.Form, trusts.Audience()); err != nil {
			return wire.TokenResponse{}, err
		}
		choice, refused := choiceOf(e.Form)
		if refused != nil {
			return wire.TokenResponse{}, refused
		}
		made, err := trusts.Exchange(ctx, secret.New(e.Form.Get(paramSubjectToken)), choice, e.Origin)
		if err != nil {
			return wire.TokenResponse{}, refusedExchange(err)
		}
		return wire.TokenResponse{
			AccessToken: made.Secret.OnWire(), IssuedTokenType: typeAccessToken, TokenType: "Bearer",
			ExpiresIn: int64(made.Token.Expires.Sub(made.Token.Created) / time.Second), Scope: scopeText(made.Token.Scope.Projects),
			User: made.User.ID, Expires: made.Token.Expires.UnixMilli(),
		}, nil
	}
}

// checkExchange refuses what RFC 8693 allows and this server does not have.
func checkExchange(form url.Values, audience string) error {
	switch {
	case form.Get(paramSubjectToken) == "":
		return invalid("the parameter " + paramSubjectToken + " is missing")
	case form.Get(paramSubjectTokenType) == "":
		return invalid("the parameter " + paramSubjectTokenType + " is missing")
	case form.Get(paramSubjectTokenType) != wire.TypeIDToken && form.Get(paramSubjectTokenType) != typeJWT:
		return invalid("the subject token must be of the type " + wire.TypeIDToken + " or " + typeJWT)
	case form.Get(paramActorToken) != "" || form.Get(paramActorTokenType) != "":
		return invalid("nobody acts for a job here: leave the actor token out")
	case form.Get(paramRequestedType) != "" && form.Get(paramRequestedType) != typeAccessToken:
		return invalid("the requested token must be of the type " + typeAccessToken)
	}
	for _, target := range slices.Concat(form[paramResource], form[paramAudience]) {
		if target != "" && strings.TrimRight(target, "/") != audience {
			return &wire.Error{Code: errInvalidTarget, Description: "the token is for " + audience + " alone", Status: http.StatusBadRequest}
		}
	}
	return nil
}

// choiceOf reads which rule is meant, and how much of it is wanted.
func choiceOf(form url.Values) (choice rules.Choice, refused error) {
	choice.RuleID = form.Get(paramRule)
	if org := strings.ToLower(strings.TrimPrefix(form.Get(paramOrg), wiredx.ClassOrg+"-")); org != "" {
		if !syntax.IsOrgHandle(org) {
			return choice, invalid("the parameter " + paramOrg + " must be the ID or the handle of an org")
		}
		choice.OrgID = wiredx.ClassOrg + "-" + org
	}
	for _, word := range strings.Fields(form.Get(paramScope)) {
		id, name, _ := strings.Cut(word, "=")
		level, err := directory.ParseLevel(name)
		if !wiredx.IsProjectID(id) || err != nil {
			return choice, invalidScope("a scope is a list of project-ID=LEVEL with spaces between them")
		}
		if _, twice := choice.Levels[id]; twice {
			return choice, invalidScope("a project is in the scope twice")
		}
		if choice.Levels == nil {
			choice.Levels = map[string]directory.Level{}
		}
		choice.Levels[id] = level
	}
	return choice, nil
}

func invalidScope(description string) error {
	return &wire.Error{Code: errInvalidScope, Description: description, Status: http.StatusBadRequest}
}

// scopeText is the reverse of the scope that choiceOf reads.
func scopeText(levels map[string]directory.Level) string {
	var words []string
	for _, id := range slices.Sorted(maps.Keys(levels)) {
		words = append(words, id+"="+levels[id].String())
	}
	return strings.Join(words, " ")
}

// refusedExchange returns the error of an exchange with the code that RFC 8693, section
// 2.2.2, demands: a subject token that is not valid or that the policy does not accept is
// an invalid request, not an invalid grant.
func refusedExchange(err error) error {
	switch refusal.ReasonOf(err) {
	case refusal.WrongIDToken, refusal.UsedIDToken, refusal.NotTrusted, refusal.AmbiguousID:
		return invalid(err.Error())
	case refusal.BeyondScope:
		return invalidScope(err.Error())
	default:
		return err
	}
}
