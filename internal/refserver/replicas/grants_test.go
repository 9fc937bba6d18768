//go:build unix

package replicas_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/grant"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/grants"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

// approver returns a user who has just signed in with a browser.
func (p *pair) approver(handle string) service.Caller {
	p.Helper()
	p.write(func(ctx context.Context, tx transaction.Tx) error {
		return tx.InsertUser(ctx, identity.User{ID: identity.UserID(handle), Handle: handle, PasswordHash: p.hash, Created: p.stores[0].Now()})
	})
	origin := p.origin()
	origin.Protocol = "web"
	session, err := p.servers[0].SignIn(p.Context(), identity.Attempt{Username: handle, Password: secret.New(password)}, access.Order{}, origin)
	if err != nil {
		p.Fatal(err)
	}
	caller, err := p.servers[0].Authenticate(p.Context(), session.Secret, access.WholeAccount, origin)
	if err != nil {
		p.Fatal(err)
	}
	return caller
}

func grantsOf(s *service.Service) *grants.Service {
	return grants.New(grants.Config{Service: s, Random: rand.Reader})
}

// S-69.
func TestOneAuthorizationCodeGivesOneSession(t *testing.T) {
	p := newPair(t)
	verifier := strings.Repeat("v", 43)
	hash := sha256.Sum256([]byte(verifier))
	redirect, err := grant.ParseRedirect("http://127.0.0.1:43121/callback")
	if err != nil {
		t.Fatal(err)
	}
	asked := grant.Request{
		Client: grant.CommandLine, Redirect: redirect, Challenge: grant.Challenge(base64.RawURLEncoding.EncodeToString(hash[:])),
	}
	for round := range rounds(t) {
		code, err := grantsOf(p.servers[0]).IssueCode(t.Context(), p.approver(fmt.Sprint("bob", round)), asked)
		if err != nil {
			t.Fatal(err)
		}
		p.haveOneWinner(round, func(s *service.Service) error {
			sent := grant.Redemption{Client: grant.CommandLine, Code: code, Redirect: redirect.String(), Verifier: secret.New(verifier)}
			_, err := grantsOf(s).RedeemCode(p.Context(), sent, p.origin())
			return err
		})
	}
}

// S-69.
func TestOneDeviceCodeGivesOneSession(t *testing.T) {
	p := newPair(t)
	for round := range rounds(t) {
		device, err := grantsOf(p.servers[0]).BeginDevice(t.Context(), grant.CommandLine, p.origin())
		if err != nil {
			t.Fatal(err)
		}
		approver := p.approver(fmt.Sprint("bob", round))
		p.haveOneWinner(round, func(s *service.Service) error {
			return grantsOf(s).ApproveDevice(p.Context(), approver, string(device.Typed))
		})
		p.haveOneWinner(round, func(s *service.Service) error {
			_, err := grantsOf(s).PollDevice(p.Context(), grant.CommandLine, device.DeviceCode, p.origin())
			return err
		})
	}
}
