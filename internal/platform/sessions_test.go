package platform

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

const (
	routeList    = "/account/listSessions"
	routeDestroy = "/account/destroySessions"
)

func TestListSessions(t *testing.T) {
	s := &server{answers: map[string]string{routeList: `{"sessions": [
		{"id": "97fb3002a2cf", "kind": "session", "label": "", "created": 1000, "lastUsed": 2000, "expires": 3000,
		 "idleTimeout": 300000, "address": "192.0.2.1", "client": "dx", "current": true},
		{"id": "0123456789ab", "kind": "token", "label": "ci", "created": 1000, "lastUsed": 1000, "expires": 9000,
		 "idleTimeout": null, "address": "192.0.2.2", "client": "dxauth", "current": false}], "more": true}`}}
	list, err := s.sessions(t).List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	idle := int64(300000)
	want := dnanexus.ListSessionsResponse{More: true, Sessions: []dnanexus.Session{
		{ID: "97fb3002a2cf", Kind: "session", Created: 1000, LastUsed: 2000, Expires: 3000,
			IdleTimeout: &idle, Address: "192.0.2.1", Client: "dx", Current: true},
		{ID: "0123456789ab", Kind: "token", Label: "ci", Created: 1000, LastUsed: 1000, Expires: 9000,
			Address: "192.0.2.2", Client: "dxauth"},
	}}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.wantAsked(t, routeList+" {}")
}

func TestEndSessions(t *testing.T) {
	alice := Credentials{Username: "alice", Password: secret.New("pass")}
	withCode := alice
	withCode.Code = secret.New("123456")
	tests := map[string]struct {
		end   func(*Sessions) error
		asked string
	}{
		"some":           {func(s *Sessions) error { return s.End(t.Context(), []string{"97fb3002"}) }, `{"ids":["97fb3002"]}`},
		"every":          {func(s *Sessions) error { return s.EndAll(t.Context(), "alice", alice) }, `{"all":true,"username":"alice","password":"pass"}`},
		"every, by code": {func(s *Sessions) error { return s.EndAll(t.Context(), "alice", withCode) }, `{"all":true,"username":"alice","password":"pass","otp":"123456"}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &server{answers: map[string]string{routeDestroy: `{}`}}
			if err := tt.end(s.sessions(t)); err != nil {
				t.Fatal(err)
			}
			s.wantAsked(t, routeDestroy+" "+tt.asked)
		})
	}
}

// What a refusal means for the one who asked.
func TestRefusalsOfSessions(t *testing.T) {
	tests := map[string]struct {
		status           int
		errorType        string
		list, end, every error
	}{
		"no such route or ID": {404, "ResourceNotFound", ErrNotOffered, ErrNotFound, ErrNotOffered},
		"wrong password":      {401, "UsernameOrPasswordError", ErrWrongPassword, ErrWrongPassword, ErrWrongPassword},
		"no code":             {401, "OTPRequiredError", ErrCodeRequired, ErrCodeRequired, ErrCodeRequired},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := refusing(tt.status, tt.errorType, `{}`)
			s.answers[routeList], s.answers[routeDestroy] = s.answers["/system/whoami"], s.answers["/system/whoami"]
			p := s.sessions(t)
			_, err := p.List(t.Context())
			if !errors.Is(err, tt.list) {
				t.Errorf("list: %v", err)
			}
			if err := p.End(t.Context(), nil); !errors.Is(err, tt.end) {
				t.Errorf("end: %v", err)
			}
			if err := p.EndAll(t.Context(), "alice", Credentials{}); !errors.Is(err, tt.every) {
				t.Errorf("end every: %v", err)
			}
		})
	}
}
