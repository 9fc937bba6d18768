package trust

import (
	"context"
	"encoding/base64"
	"encoding/json/v2"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	rules "github.com/dxauth/dxauth/internal/refserver/trust"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// errExpired is returned for an ID token whose expiry has passed by less than clocks may
// differ: no token of ours outlives one of its.
var errExpired = wrongToken("the ID token has expired")

func wrongToken(format string, args ...any) *refusal.Error {
	return refusal.New(refusal.WrongCredentials, format, args...).Because(refusal.WrongIDToken)
}

func notTrustedIssuer(url string) *refusal.Error {
	return wrongToken("the issuer of the ID token, %q, is not one that this server trusts", url)
}

// Exchanged is what an exchange gives.
type Exchanged struct {
	access.Issued
	User   identity.User
	Rule   rules.Rule
	Issuer string // its name
}

// Exchange makes an API token for a job that shows an ID token. It returns the errors of
// rules.Exchange, refusals with the reasons refusal.WrongIDToken and
// refusal.TooManyAttempts, and one with the code refusal.Unavailable.
func (s *Service) Exchange(ctx context.Context, token secret.Text, choice rules.Choice, origin service.Origin) (Exchanged, error) {
	made, err := s.exchange(ctx, token, choice, origin)
	switch refusal.CodeOf(err) {
	case refusal.WrongCredentials, refusal.Denied:
		return Exchanged{}, s.service.CountUnknown(ctx, origin, err)
	default:
		return made, err
	}
}

func (s *Service) exchange(ctx context.Context, token secret.Text, choice rules.Choice, origin service.Origin) (Exchanged, error) {
	verified, err := s.verify(ctx, token)
	if err != nil {
		return Exchanged{}, err
	}
	var draft rules.Draft
	made, err := transaction.Write(ctx, s.service.DB(), func(tx transaction.Tx) (made Exchanged, err error) {
		draft, err = rules.Exchange(ctx, tx, verified, choice, s.service.Now())
		if err != nil {
			return Exchanged{}, err
		}
		user, err := identity.OpenUser(ctx, tx, draft.Rule.UserID)
		if errors.Is(err, identity.ErrNoUser) {
			err = rules.ErrNotTrusted
		}
		if err != nil {
			return Exchanged{}, err
		}
		issued, err := s.issuer.ForJob(ctx, tx, access.Order{
			UserID: user.ID, Label: labelOf(verified, draft.Rule), Description: verified.Subject, Scope: &draft.Scope,
			Expires: draft.Expires, Form: s.form, Client: origin.UserAgent, Protocol: origin.Protocol, Address: origin.Address.String(),
		})
		if err != nil {
			return Exchanged{}, err
		}
		row := s.service.AuditEntry(origin, user.ID, audit.TrustExchange, subjectOf(draft.Rule)+"/"+audit.ShortSignature(issued.Token.Signature))
		return Exchanged{Issued: issued, User: user, Rule: draft.Rule, Issuer: verified.Issuer.Name}, tx.AppendAudit(ctx, row)
	})
	if errors.Is(err, rules.ErrUsed) {
		err = errors.Join(err, s.auditRepeated(ctx, draft.Rule, origin))
	}
	return made, err
}

// auditRepeated writes that a good ID token was exchanged once more than it may be: somebody
// else may have it. It is written even if the client has gone.
func (s *Service) auditRepeated(ctx context.Context, rule rules.Rule, origin service.Origin) error {
	ctx = context.WithoutCancel(ctx)
	row := s.service.AuditEntry(origin, rule.UserID, audit.TrustExchange, subjectOf(rule))
	row.Result = audit.ResultOf(rules.ErrUsed)
	return s.service.DB().Write(ctx, func(tx transaction.Tx) error { return tx.AppendAudit(ctx, row) })
}

// labelOf returns the name of a token in lists.
func labelOf(token rules.IDToken, rule rules.Rule) string {
	return fmt.Sprintf("%s, trust rule %s", token.Issuer.Name, rule.ID)
}

// verify returns a verified ID token. The token itself only says which of the issuers
// has to say that it is good.
func (s *Service) verify(ctx context.Context, token secret.Text) (rules.IDToken, error) {
	url, _, err := unverified(token)
	if err != nil {
		return rules.IDToken{}, err
	}
	at := slices.IndexFunc(s.issuers, func(issuer Issuer) bool { return issuer.URL == url })
	if at < 0 {
		return rules.IDToken{}, notTrustedIssuer(url)
	}
	verified, err := s.issuers[at].Verify(ctx, token)
	switch {
	case err != nil:
		return rules.IDToken{}, err
	case !verified.Expires.After(s.service.Now()):
		return rules.IDToken{}, errExpired
	}
	return rules.IDToken{
		Issuer: s.issuers[at].Issuer, Token: token, ID: verified.ID, Subject: verified.Subject,
		Issued: verified.Issued, Expires: verified.Expires, Claims: rules.ClaimsOf(verified.Claims),
	}, nil
}

// maxToken bounds an ID token, in bytes.
const maxToken = 64 << 10

// maxIssuer bounds what is repeated of an unverified token, in bytes.
const maxIssuer = 200

// unverified returns what an ID token says without looking at its signature.
func unverified(token secret.Text) (issuer string, claims map[string]any, err error) {
	parts := strings.Split(token.Reveal(), ".")
	if token.Len() > maxToken || len(parts) != 3 {
		return "", nil, wrongToken("this is not an ID token: it must have three parts between dots")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil { // whose text may quote the token
		return "", nil, wrongToken("this is not an ID token: its claims cannot be read")
	}
	issuer, _ = claims["iss"].(string)
	return issuer[:min(maxIssuer, len(issuer))], claims, nil
}
