package platform

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/oauth"
	"github.com/dxauth/dxauth/pkg/secret"
)

func TestTokenPage(t *testing.T) {
	tests := map[string]struct {
		kind   Type
		server string
		want   string
	}{
		"DNAnexus":           {TypeDNAnexus, "https://api.dnanexus.com", "https://platform.dnanexus.com/"},
		"its staging server": {TypeDNAnexus, "https://stagingapi.dnanexus.com", "https://staging.dnanexus.com/"},
		"one like it":        {TypeDNAnexus, "https://lab.example.org", "https://lab.example.org/"},
		"a name like its":    {TypeDNAnexus, "https://api.dnanexus.com.example.org", "https://api.dnanexus.com.example.org/"},
		"a path":             {TypeMOLGENIS, "https://lab.example.org/molgenis", "https://lab.example.org/molgenis/"},
		"EMX2":               {TypeEMX2, "https://emx2.example.org", "https://emx2.example.org/"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			page := Connect(tt.kind, Access{APIServer: tt.server}).TokenPage()
			if page.URL != tt.want || page.Place == "" {
				t.Errorf("got %+v", page)
			}
		})
	}
}

// What went wrong with an authorization server has a code, and with it an exit code.
func TestExplainOAuth(t *testing.T) {
	tests := map[string]struct {
		err  error
		want refusal.Code
		hint string
	}{
		"another address":     {&oauth.IssuerError{Server: "https://a.example", Issuer: "https://b.example"}, refusal.Network, "--server"},
		"an endpoint is away": {&oauth.EndpointError{Server: "https://a.example", Name: "token_endpoint"}, refusal.Network, ""},
		"refused":             {&oauth.Error{Code: oauth.InvalidGrant}, refusal.Denied, ""},
		"busy":                {&oauth.Error{Code: oauth.TemporarilyUnavailable}, refusal.Unavailable, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := Explain(tt.err)
			refused, _ := errors.AsType[*refusal.Error](err)
			if refusal.CodeOf(err) != tt.want || !errors.Is(err, tt.err) || !strings.Contains(refused.Hint, tt.hint) {
				t.Errorf("got %v (%s), with the hint %q", err, refusal.CodeOf(err), refused.Hint)
			}
		})
	}
}

// The credential has the form of the platform, and belongs to whom the server says; what
// the token endpoint says of its user does not count.
func TestExchangedTokensAreVerified(t *testing.T) {
	f := newFakeMOLGENIS(t, nil)
	f.answers = map[string]said{
		"GET " + oauth.RouteMetadata: {body: fmt.Sprintf(`{"issuer": %q, "token_endpoint": "%[1]s/oauth2/token", "grant_types_supported": [%q]}`, f.server.URL, oauth.GrantExchange)},
		"POST /oauth2/token":         {body: fmt.Sprintf(`{"access_token": "0123456789abcdef", "token_type": "Bearer", "user": "user-eve", "expires": %d}`, noon.Add(time.Hour).UnixMilli())},
		"_session":                   data("_session", `{"email":"alice"}`),
	}
	access := f.access("", "")
	server, err := FindTokenServer(t.Context(), TypeEMX2, access)
	if err != nil {
		t.Fatal(err)
	}
	if server.Audience() != f.server.URL {
		t.Errorf("the audience is %s", server.Audience())
	}
	result, err := server.ExchangeIDToken(t.Context(), oauth.ExchangeRequest{IDToken: secret.New("a.b.c")})
	if err != nil || result.User.Name != "alice" || result.TokenType != TypeEMX2.TokenType() || !result.Expires.Equal(noon.Add(time.Hour)) {
		t.Errorf("got %+v, %v", result, err)
	}

	f.answers["_session"] = data("_session", `{"email":"anonymous"}`)
	if _, err := server.ExchangeIDToken(t.Context(), oauth.ExchangeRequest{IDToken: secret.New("a.b.c")}); !errors.Is(err, ErrSignedOut) {
		t.Errorf("a token that does not work: %v", err)
	}
	f.answers["GET "+oauth.RouteMetadata] = said{status: http.StatusNotFound}
	if _, err := FindTokenServer(t.Context(), TypeEMX2, access); !errors.Is(err, ErrNotOffered) {
		t.Errorf("a server without the endpoints: %v", err)
	}
}
