package platform

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
	list, err := s.platform(t).ListSessions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second := func(n int64) time.Time { return time.Unix(n, 0).UTC() }
	want := SessionList{More: true, Sessions: []Session{
		{ID: "97fb3002a2cf", Kind: "session", Created: second(1), LastUsed: second(2), Expires: second(3),
			Idle: 5 * time.Minute, Address: "192.0.2.1", Client: "dx", Current: true},
		{ID: "0123456789ab", Kind: "token", Label: "ci", Created: second(1), LastUsed: second(1), Expires: second(9),
			Address: "192.0.2.2", Client: "dxauth"},
	}}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.wantAsked(t, routeList+" {}")
}

func TestEndSessions(t *testing.T) {
	alice := Person{Username: "alice", Password: secret.New("pass")}
	withCode := alice
	withCode.Code = secret.New("123456")
	tests := map[string]struct {
		end   func(Sessions) error
		asked string
	}{
		"some":           {func(s Sessions) error { return s.EndSessions(t.Context(), []string{"97fb3002"}) }, `{"ids":["97fb3002"]}`},
		"every":          {func(s Sessions) error { return s.EndEverySession(t.Context(), alice) }, `{"all":true,"username":"alice","password":"pass"}`},
		"every, by code": {func(s Sessions) error { return s.EndEverySession(t.Context(), withCode) }, `{"all":true,"username":"alice","password":"pass","otp":"123456"}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &server{answers: map[string]string{routeDestroy: `{}`}}
			if err := tt.end(s.platform(t)); err != nil {
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
			p := s.platform(t)
			_, err := p.ListSessions(t.Context())
			if !errors.Is(err, tt.list) {
				t.Errorf("list: %v", err)
			}
			if err := p.EndSessions(t.Context(), nil); !errors.Is(err, tt.end) {
				t.Errorf("end: %v", err)
			}
			if err := p.EndEverySession(t.Context(), Person{}); !errors.Is(err, tt.every) {
				t.Errorf("end every: %v", err)
			}
		})
	}
}
