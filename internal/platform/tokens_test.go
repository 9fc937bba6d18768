package platform

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/secret"
)

const otherSignature = "0000000000000000000000000000000000000000000000000000000000000000"

func TestNewToken(t *testing.T) {
	expires := time.UnixMilli(1_893_456_000_000).UTC()
	tests := map[string]struct {
		order TokenOrder
		asked string
	}{
		"full": {
			TokenOrder{Name: "ci", Scope: Scope{Full: true}},
			`{"otp":null,"label":"ci","scope":{"full":true}}`,
		},
		"full, without PHI": {
			TokenOrder{Scope: Scope{Full: true, NoPHI: true}},
			`{"otp":null,"scope":{"full":true,"phiAccess":false}}`,
		},
		"full, without an org": {
			TokenOrder{Scope: Scope{Full: true, WithoutOrgs: []string{"org-lab"}}},
			`{"otp":null,"scope":{"full":true,"excludedOrgs":["org-lab"]}}`,
		},
		"some projects, for some time": {
			TokenOrder{Scope: Scope{Projects: map[string]string{Everything: "VIEW", "project-1": "UPLOAD"}}, Expires: expires},
			`{"otp":null,"expires":1893456000000,"scope":{"projects":{"*":"VIEW","project-1":"UPLOAD"}}}`,
		},
		"with a proof": {
			TokenOrder{Scope: Scope{Full: true}, Credentials: Credentials{Username: "bob", Password: secret.New("pass"), Code: secret.New("123456")}},
			`{"username":"bob","password":"pass","otp":"123456","scope":{"full":true}}`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &server{answers: map[string]string{
				"/system/newAuthToken": `{"access_token":"` + aliceToken + `","token_type":"bearer","expires":1893456000000}`,
			}}
			made, err := s.platform(t).NewToken(t.Context(), tt.order)
			if err != nil {
				t.Fatal(err)
			}
			s.wantAsked(t, "/system/newAuthToken "+tt.asked)
			if made.Secret.Reveal() != aliceToken || made.ID != aliceSignature || !made.Expires.Equal(expires) {
				t.Errorf("made %+v, want alice's token", made)
			}
		})
	}
}

// TestNoTokenForOthers: it is refused before anything is sent.
func TestNoTokenForOthers(t *testing.T) {
	s := &server{}
	_, err := s.platform(t).NewToken(t.Context(), TokenOrder{User: "bob"})
	if !isUnsupported(err) || len(s.asked) != 0 {
		t.Errorf("error %v after %q, want a wrong use", err, s.asked)
	}
}

func TestListTokens(t *testing.T) {
	s := &server{answers: map[string]string{"/account/findAccessTokens": `{"tokens":[
		{"signature":"` + aliceSignature + `","label":"ci","type":"token","scope":{"projects":{"project-1":"VIEW"},"phiAccess":false,"excludedOrgs":["org-lab"]},
		 "created":1000,"expires":1893456000000,"lastUsed":2000,"lastAddress":"127.0.0.1","current":true},
		{"signature":"` + otherSignature + `","label":"","scope":null,"lastUsed":null,"lastAddress":"127.0.0.1"}],"next":{"page":2}}`}}
	page, next, err := s.platform(t).ListTokens(t.Context(), TokenQuery{Expired: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.wantAsked(t, `/account/findAccessTokens {"label":true,"limit":100,"expired":true}`)
	want := []Token{{
		ID: aliceSignature, Name: "ci", Scope: Scope{Projects: map[string]string{"project-1": "VIEW"}, NoPHI: true, WithoutOrgs: []string{"org-lab"}},
		Created: time.UnixMilli(1000).UTC(), Expires: time.UnixMilli(1_893_456_000_000).UTC(), LastUsed: time.UnixMilli(2000).UTC(),
		Address: "127.0.0.1", Current: true,
	}, {ID: otherSignature}}
	if diff := cmp.Diff(want, page); diff != "" || string(next) != `{"page":2}` {
		t.Errorf("next %s, tokens (-want +got):\n%s", next, diff)
	}
}

// TestAServerThatDoesNotChoose: the platform may ignore what it does not know,
// and a token with another name must not be taken for the one that was asked
// for.
func TestAServerThatDoesNotChoose(t *testing.T) {
	const everything = `{"tokens":[
		{"signature":"` + aliceSignature + `","label":"ci"},{"signature":"` + otherSignature + `","label":"ci-2"},
		{"signature":"` + aliceSignature + `","label":"ci","type":"session"}],"next":null}`
	tests := map[string]struct {
		query TokenQuery
		want  []string
	}{
		"by name":               {TokenQuery{Name: "ci"}, []string{aliceSignature}},
		"by the beginning":      {TokenQuery{ID: "0000"}, []string{otherSignature}},
		"neither":               {TokenQuery{Name: "none"}, nil},
		"all, but for sessions": {TokenQuery{}, []string{aliceSignature, otherSignature}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &server{answers: map[string]string{"/account/findAccessTokens": everything}}
			page, next, err := s.platform(t).ListTokens(t.Context(), tt.query, []byte(`"cursor"`))
			var got []string
			for _, token := range page {
				got = append(got, token.ID)
			}
			if diff := cmp.Diff(tt.want, got); err != nil || diff != "" || next != nil {
				t.Errorf("%v, next %s, IDs (-want +got):\n%s", err, next, diff)
			}
			if !strings.Contains(s.asked[0], `"starting":"cursor"`) {
				t.Errorf("asked %q, want the cursor in it", s.asked)
			}
		})
	}
}

func TestChangeAndRevokeToken(t *testing.T) {
	s := &server{answers: map[string]string{"/account/updateAuthToken": `{}`, "/system/destroyAuthToken": `{}`}}
	p := s.platform(t)
	name, expires := "", time.UnixMilli(1_893_456_000_000)
	for _, err := range []error{
		p.ChangeToken(t.Context(), otherSignature, TokenChange{Name: &name}),
		p.ChangeToken(t.Context(), otherSignature, TokenChange{Expires: &expires}),
		p.RevokeToken(t.Context(), otherSignature),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	s.wantAsked(t,
		`/account/updateAuthToken {"signature":"`+otherSignature+`","label":""}`,
		`/account/updateAuthToken {"signature":"`+otherSignature+`","expires":1893456000000}`,
		`/system/destroyAuthToken {"tokenSignature":"`+otherSignature+`"}`)
}

// TestTokensNotOffered: a platform without the route does not have the call, but
// an ID that is not there is only that.
func TestTokensNotOffered(t *testing.T) {
	const missing = `{"error":{"type":"ResourceNotFound","message":"no"}}`
	s := &server{status: 404, answers: map[string]string{
		"/account/findAccessTokens": missing, "/account/updateAuthToken": missing, "/system/destroyAuthToken": missing,
	}}
	p := s.platform(t)
	if _, _, err := p.ListTokens(t.Context(), TokenQuery{}, nil); !errors.Is(err, ErrNotOffered) {
		t.Errorf("list: %v", err)
	}
	if err := p.ChangeToken(t.Context(), otherSignature, TokenChange{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("change: %v", err)
	}
	if err := p.RevokeToken(t.Context(), otherSignature); !errors.Is(err, ErrNotFound) {
		t.Errorf("revoke: %v", err)
	}
}

func TestChangeOfATokenThatIsOver(t *testing.T) {
	s := &server{status: 422, answers: map[string]string{"/account/updateAuthToken": `{"error":{"type":"InvalidState","message":"over"}}`}}
	err := s.platform(t).ChangeToken(t.Context(), otherSignature, TokenChange{})
	if !errors.Is(err, ErrTokenEnded) || err.Error() != "over" {
		t.Errorf("change: %v", err)
	}
}
