// Package trust has the use cases of trust rules: admins of an org say which jobs of a CI
// system act for it, and such a job exchanges its ID token for an API token of the server.
//
// It promises that a rule is added only after a recent sign-in, or with a password and a
// code; that each change and each exchange has its audit row in the same transaction; that
// an ID token is verified before any rule is looked at, and outside of any transaction;
// and that refused exchanges are counted against the network that they come from.
//
// The rules themselves are in the package of the same name beside package access. How an
// ID token is verified is passed in.
package trust

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/quota"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	rules "github.com/dxauth/dxauth/internal/refserver/trust"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Verified is what a verified ID token says.
type Verified struct {
	ID      string // jti; may be empty
	Subject string
	Issued  time.Time
	Expires time.Time
	Claims  map[string]any // all of them
}

// Issuer is a CI system that the administrator of the server trusts.
type Issuer struct {
	rules.Issuer
	// Verify returns a refusal with the reason refusal.WrongIDToken for a token that is
	// not one of the issuer's for this server, and one with the code refusal.Unavailable
	// if the keys of the issuer cannot be fetched.
	Verify func(ctx context.Context, token secret.Text) (Verified, error)
}

// Config configures a Service.
type Config struct {
	Service  *service.Service
	Issuers  []Issuer
	Audience string // of their ID tokens: the URL of the server
	Limits   access.Limits
	Form     access.Form // of the tokens that jobs get
	Random   io.Reader   // fit for secrets
}

// Service is what the protocols call.
type Service struct {
	service  *service.Service
	issuer   *access.Issuer
	issuers  []Issuer
	audience string
	form     access.Form
	random   io.Reader
}

// New returns a Service.
func New(c Config) *Service {
	return &Service{
		service: c.Service, issuers: c.Issuers, audience: c.Audience, form: c.Form, random: c.Random,
		issuer: access.NewIssuer(c.Limits, c.Service.Now, c.Random),
	}
}

// Issuers returns the trusted issuers.
func (s *Service) Issuers() []rules.Issuer {
	list := make([]rules.Issuer, len(s.issuers))
	for i, issuer := range s.issuers {
		list[i] = issuer.Issuer
	}
	return list
}

// Audience returns the URL for which a job has to order its ID token.
func (s *Service) Audience() string { return s.audience }

// issuerCalled returns the issuer with a name or a URL.
func (s *Service) issuerCalled(name string) (Issuer, error) {
	var names []string
	for _, issuer := range s.issuers {
		if name == issuer.Name || name == issuer.URL {
			return issuer, nil
		}
		names = append(names, issuer.Name)
	}
	if len(names) == 0 {
		return Issuer{}, refusal.Inputf("issuer", "is not trusted by this server, whose administrator has to name it under workloads (serve --oidc-config)")
	}
	return Issuer{}, refusal.Inputf("issuer", "must be one of those that this server trusts: %s", strings.Join(names, ", "))
}

// Add makes a rule on behalf of an admin of its org. Its issuer is given by name or URL,
// an empty user is the caller, and no lifetime is the longest. It returns the errors of
// rules.Add, and access.ErrReauthenticate.
func (s *Service) Add(ctx context.Context, caller service.Caller, proof service.Proof, draft rules.Rule) (added rules.Rule, err error) {
	issuer, err := s.issuerCalled(draft.Issuer)
	if err != nil {
		return rules.Rule{}, err
	}
	draft.Issuer, draft.Maker, draft.Created = issuer.URL, caller.User.ID, s.service.Now()
	draft.UserID = cmp.Or(draft.UserID, caller.User.ID)
	draft.Lifetime = cmp.Or(draft.Lifetime, rules.MaxLifetime)
	err = s.service.ChangeProved(ctx, caller, proof, audit.TrustAdd, func(tx transaction.Tx, viewer directory.Viewer) (string, error) {
		added = draft
		if _, err := directory.ViewOrg(ctx, tx, viewer, draft.OrgID, directory.Admin); err != nil {
			return "", err
		}
		if _, err := tx.UserByID(ctx, draft.UserID); errors.Is(err, identity.ErrNoUser) {
			return "", rules.ErrWrongUser
		} else if err != nil {
			return "", err
		}
		id, err := rules.NewID(s.random)
		if err != nil {
			return "", err
		}
		added.ID = id
		return subjectOf(added), rules.Add(ctx, tx, added)
	})
	if err != nil {
		return rules.Rule{}, err
	}
	return added, nil
}

// subjectOf returns the subject of an audit row about a rule.
func subjectOf(rule rules.Rule) string { return rule.OrgID + "/" + rule.ID }

// List lists the rules of an org to its admins, the oldest first. It returns
// directory.ErrNoOrg and refusal.OrgAccess.
func (s *Service) List(ctx context.Context, caller service.Caller, orgID string) (list []rules.Rule, err error) {
	err = s.service.Read(ctx, caller, func(tx transaction.Tx, viewer directory.Viewer) (err error) {
		if _, err := directory.ViewOrg(ctx, tx, viewer, orgID, directory.Admin); err != nil {
			return err
		}
		list, err = tx.TrustRulesOf(ctx, orgID, quota.TrustRules.Max())
		return err
	})
	return list, err
}

// Remove removes a rule on behalf of an admin of its org, which ends the tokens that came
// from it. It returns rules.ErrNoRule.
func (s *Service) Remove(ctx context.Context, caller service.Caller, orgID, id string) error {
	return s.service.Change(ctx, caller, audit.TrustRemove, func(tx transaction.Tx, viewer directory.Viewer) (string, error) {
		if _, err := directory.ViewOrg(ctx, tx, viewer, orgID, directory.Admin); err != nil {
			return "", err
		}
		removed, err := tx.RemoveTrustRule(ctx, orgID, id)
		if err == nil && !removed {
			err = rules.ErrNoRule
		}
		return subjectOf(rules.Rule{OrgID: orgID, ID: id}), err
	})
}

// Report says what an ID token would get in an org.
type Report struct {
	Issuer  string // as the token says; perhaps one that is not trusted
	Name    string // of the issuer; empty: it is not trusted
	Problem string // why the token itself would be refused; empty: it is good
	Claims  rules.Claims
	Rules   []rules.Explanation
}

// Test compares an ID token with the rules of an org, for one of its admins. It spends
// nothing. A token that would be refused, such as an old one, is compared nevertheless.
func (s *Service) Test(ctx context.Context, caller service.Caller, orgID string, token secret.Text) (Report, error) {
	if _, err := s.List(ctx, caller, orgID); err != nil { // first, so that others cannot make the server fetch keys
		return Report{}, err
	}
	issuer, decoded, err := unverified(token)
	if err != nil {
		return Report{}, err
	}
	report := Report{Issuer: issuer, Claims: rules.ClaimsOf(decoded)}
	if report.Name, report.Problem, err = s.problemOf(ctx, issuer, token); err != nil {
		return Report{}, err
	}
	err = s.service.Read(ctx, caller, func(tx transaction.Tx, viewer directory.Viewer) (err error) {
		if _, err := directory.ViewOrg(ctx, tx, viewer, orgID, directory.Admin); err != nil {
			return err
		}
		report.Rules, err = rules.Explain(ctx, tx, orgID, issuer, report.Claims)
		return err
	})
	return report, err
}

// problemOf returns the name of the issuer with a URL, and why it does not say that a
// token is good.
func (s *Service) problemOf(ctx context.Context, url string, token secret.Text) (name, problem string, err error) {
	at := slices.IndexFunc(s.issuers, func(issuer Issuer) bool { return issuer.URL == url })
	if at < 0 {
		return "", notTrustedIssuer(url).Error(), nil
	}
	verified, err := s.issuers[at].Verify(ctx, token)
	switch code := refusal.CodeOf(err); {
	case err == nil && !verified.Expires.After(s.service.Now()):
		return s.issuers[at].Name, errExpired.Error(), nil
	case err == nil || code != refusal.WrongCredentials && code != refusal.Unavailable:
		return s.issuers[at].Name, "", err
	default:
		return s.issuers[at].Name, err.Error(), nil
	}
}
