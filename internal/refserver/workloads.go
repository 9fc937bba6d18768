package refserver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/idtoken"
	"github.com/dxauth/dxauth/internal/refserver/oauth"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/trust"
	"github.com/dxauth/dxauth/internal/refserver/sso"
	rules "github.com/dxauth/dxauth/internal/refserver/trust"
	"github.com/dxauth/dxauth/internal/refusal"
	wireoauth "github.com/dxauth/dxauth/pkg/oauth"
	"github.com/dxauth/dxauth/pkg/secret"
)

// newTrust returns the use cases of trust rules.
func newTrust(s *service.Service, c Config) *trust.Service {
	return trust.New(trust.Config{
		Service: s, Issuers: c.issuers, Audience: c.Audience, Limits: access.DefaultLimits(), Form: c.tokenForm(), Random: rand.Reader,
	})
}

// exchanger returns what exchanges ID tokens, or nil if the server trusts no issuer.
func exchanger(trusts *trust.Service) func(context.Context, oauth.Exchange) (wireoauth.TokenResponse, error) {
	if len(trusts.Issuers()) == 0 {
		return nil
	}
	return oauth.Exchanger(trusts)
}

// newIssuers returns the CI systems whose ID tokens are exchanged.
func newIssuers(c Config) ([]trust.Issuer, error) {
	if len(c.SSO.Workloads) > 0 && c.Audience == "" {
		return nil, errors.New("ID tokens are made for the URL of this server, which is not known")
	}
	var list []trust.Issuer
	for _, workload := range c.SSO.Workloads {
		issuer, err := idtoken.New(idtoken.Config{Issuer: workload.Issuer, Hosts: workload.Hosts, Roots: workload.Roots, Now: c.Now})
		if err != nil {
			return nil, fmt.Errorf("the issuer %s: %w", workload.Name, err)
		}
		list = append(list, trust.Issuer{
			Issuer: rules.Issuer{Name: workload.Name, URL: workload.Issuer, Once: workload.Replay == sso.ReplayOnce},
			Verify: verifier{issuer, c.Audience}.verify,
		})
	}
	return list, nil
}

// verifier verifies the ID tokens of an issuer that are made for one audience.
type verifier struct {
	issuer   *idtoken.Issuer
	audience string
}

func (v verifier) verify(ctx context.Context, token secret.Text) (trust.Verified, error) {
	verified, err := v.issuer.VerifyWorkload(ctx, token, v.audience)
	if invalid, ok := errors.AsType[*idtoken.InvalidError](err); ok {
		return trust.Verified{}, refusal.New(refusal.WrongCredentials, "%s", invalid).Because(refusal.WrongIDToken)
	}
	if away, ok := errors.AsType[*idtoken.ProviderError](err); ok {
		return trust.Verified{}, refusal.New(refusal.Unavailable, "the issuer of the ID token cannot be asked for its keys: %s", away).Wrap(err)
	}
	return trust.Verified{
		ID: verified.ID, Subject: verified.Subject, Issued: verified.Issued, Expires: verified.Expires, Claims: verified.Claims(),
	}, err
}
