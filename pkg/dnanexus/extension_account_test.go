package dnanexus_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

func TestSessionsAreListed(t *testing.T) {
	p := newPlatform(t, answering(http.StatusOK, `{"sessions": [
		{"id": "97fb3002a2cf", "kind": "session", "label": "", "created": 1, "lastUsed": 2, "expires": 3,
		 "idleTimeout": 900000, "address": "192.0.2.1", "client": "dxauth/1", "current": true, "new": 1},
		{"id": "0123456789ab", "kind": "token", "label": "ci", "idleTimeout": null}]}`))
	got, err := p.client().ListSessions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	idle := int64(900000)
	want := dnanexus.ListSessionsResponse{Sessions: []dnanexus.Session{
		{ID: "97fb3002a2cf", Kind: "session", Created: 1, LastUsed: 2, Expires: 3, IdleTimeout: &idle,
			Address: "192.0.2.1", Client: "dxauth/1", Current: true},
		{ID: "0123456789ab", Kind: "token", Label: "ci"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	p.wantOne(t, "POST /auth/account/listSessions", `{}`)
}

func TestRequestsOfAccountsAndOrgs(t *testing.T) {
	code, name := secret.New("123456").OnWire(), "Clinic"
	tests := map[string]struct {
		call  func(*dnanexus.Client) error
		route string
		body  string
	}{
		"some sessions": {func(c *dnanexus.Client) error {
			return c.DestroySessions(t.Context(), dnanexus.DestroySessionsRequest{IDs: []string{"97fb3002a2cf"}})
		}, "POST /auth/account/destroySessions", `{"ids":["97fb3002a2cf"]}`},
		"all sessions": {func(c *dnanexus.Client) error {
			return c.DestroySessions(t.Context(), dnanexus.DestroySessionsRequest{
				All: true, Username: "alice", Password: secret.New("wonderland").OnWire(), OTP: &code,
			})
		}, "POST /auth/account/destroySessions", `{"all":true,"username":"alice","password":"wonderland","otp":"123456"}`},
		"org": {func(c *dnanexus.Client) error {
			_, err := c.DescribeOrg(t.Context(), "org-clinic")
			return err
		}, "POST /org-clinic/describe", `{}`},
		"policy": {func(c *dnanexus.Client) error {
			policies := dnanexus.UpdateOrgPolicies{AutoLogoutAfter: json.RawMessage("null")}
			return c.UpdateOrg(t.Context(), "org-clinic", dnanexus.UpdateOrgRequest{Policies: policies})
		}, "POST /org-clinic/update", `{"policies":{"autoLogoutAfter":null}}`},
		"name": {func(c *dnanexus.Client) error {
			return c.UpdateOrg(t.Context(), "org-clinic", dnanexus.UpdateOrgRequest{Name: &name})
		}, "POST /org-clinic/update", `{"name":"Clinic"}`},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			p := newPlatform(t, answering(http.StatusOK, `{}`))
			if err := tt.call(p.client()); err != nil {
				t.Fatal(err)
			}
			p.wantOne(t, tt.route, tt.body)
		})
	}
}

// wantOne checks that there was one request, and which.
func (p *platform) wantOne(t *testing.T, route, body string) {
	t.Helper()
	if len(p.requests) != 1 {
		t.Fatalf("%d requests", len(p.requests))
	}
	if got := p.requests[0]; got.route != route || got.body != body {
		t.Errorf("got %s %s\nwant %s %s", got.route, got.body, route, body)
	}
}

// A password counts against the lock-out each time that it is sent.
func TestAllSessionsAreDestroyedOnceOnly(t *testing.T) {
	p := newPlatform(t, answering(http.StatusServiceUnavailable, `{"error": {"type": "ServiceUnavailable", "message": "later"}}`))
	err := p.client().DestroySessions(t.Context(), dnanexus.DestroySessionsRequest{All: true})
	if !dnanexus.IsType(err, dnanexus.TypeServiceUnavailable) || len(p.requests) != 1 {
		t.Errorf("%d requests, %v", len(p.requests), err)
	}
}

func TestTheRequestShowsNoSecret(t *testing.T) {
	code := secret.New("123456").OnWire()
	request := dnanexus.DestroySessionsRequest{All: true, Username: "alice", Password: secret.New("wonderland").OnWire(), OTP: &code}
	for _, shown := range []string{
		fmt.Sprintf("%v %+v %#v", request, request, request), request.LogValue().String(),
	} {
		if strings.Contains(shown, "wonderland") || strings.Contains(shown, "123456") {
			t.Errorf("shown: %s", shown)
		}
	}
}
