package refserver_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/grant"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/oauth"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/molgenis"
	wire "github.com/dxauth/dxauth/pkg/oauth"
	"github.com/dxauth/dxauth/pkg/secret"
)

// A credential is something that a client holds and that ends with time.
type credential struct {
	life  time.Duration
	keeps bool // must not be lost while the clock is wrong
	issue func(s clockServer) (works func() bool)
}

func credentials() map[string]credential {
	return map[string]credential{
		"session": {
			life:  15 * time.Minute,
			issue: func(s clockServer) func() bool { return s.works(s.signIn("alice")) },
		},
		"token of a session": {
			life: 15 * time.Minute,
			issue: func(s clockServer) func() bool {
				session := s.signIn("alice")
				made, err := s.as(session).NewAuthToken(s.Context(), dnanexus.NewAuthTokenRequest{
					Expires: s.clock.Now().Add(10 * time.Minute).UnixMilli(), Scope: &dnanexus.Scope{Projects: map[string]dnanexus.Level{"*": dnanexus.LevelView}},
				})
				if err != nil {
					s.Fatal(err)
				}
				return s.works(made.AccessToken.Text())
			},
		},
		"API token": {
			life: 30 * day, keeps: true,
			issue: func(s clockServer) func() bool {
				made, err := s.as(s.signIn("alice")).NewAuthToken(s.Context(), dnanexus.NewAuthTokenRequest{
					Label: "ci", Expires: s.clock.Now().Add(30 * day).UnixMilli(),
				})
				if err != nil {
					s.Fatal(err)
				}
				return s.works(made.AccessToken.Text())
			},
		},
		"session of MOLGENIS": {
			life: 15 * time.Minute,
			issue: func(s clockServer) func() bool {
				token := s.signIn("alice")
				return func() bool {
					request, err := http.NewRequestWithContext(s.Context(), http.MethodGet, s.url+"/api/v2/sys_sec_Token", strings.NewReader(""))
					if err != nil {
						s.Fatal(err)
					}
					request.Header.Set(molgenis.CredentialToken, token.Reveal())
					response, err := http.DefaultClient.Do(request)
					if err != nil {
						s.Fatal(err)
					}
					response.Body.Close()
					return response.StatusCode == http.StatusOK
				}
			},
		},
		"activation code": {
			life: identity.ActivationLifetime, keeps: true,
			issue: func(s clockServer) func() bool {
				made, err := s.as(s.signIn("root")).NewUser(s.Context(), dnanexus.NewUserRequest{
					Username: "carol", Email: "carol@example.org", First: "Carol",
				})
				if err != nil {
					s.Fatal(err)
				}
				return func() bool {
					_, err := s.as(secret.Text{}).ActivateUser(s.Context(), dnanexus.ActivateUserRequest{
						Code: made.ActivationCode, Password: secret.New("spin the wheel 77").OnWire(),
					})
					return err == nil
				}
			},
		},
		"session of a browser": {
			life: 15 * time.Minute,
			issue: func(s clockServer) func() bool {
				browser := s.pages().SignedIn("alice")
				return func() bool { return browser.Get("/console/tokens").Code == http.StatusOK }
			},
		},
		"authorization code": {life: grant.CodeLifetime, issue: authorizationCode},
		"device code":        {life: grant.DeviceLifetime, issue: deviceCode},
		"code for an address": {
			life: identity.EmailCodeLifetime, // the user can have another one
			issue: func(s clockServer) func() bool {
				made, err := s.as(s.signIn("root")).NewEmailCode(s.Context(), "user-alice")
				if err != nil {
					s.Fatal(err)
				}
				return func() bool { return s.as(s.signIn("alice")).ConfirmEmail(s.Context(), made.Code.Text()) == nil }
			},
		},
	}
}

// authorizationCode lets a program have a session of alice, by a redirect.
func authorizationCode(s clockServer) (works func() bool) {
	// The proof key of RFC 7636, appendix B.
	const verifier, challenge = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	const redirect = "http://127.0.0.1:43121/callback"
	asked := url.Values{
		"response_type": {"code"}, "client_id": {"dxauth-cli"}, "redirect_uri": {redirect}, "state": {"xyz"},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	answer := s.pages().SignedIn("alice").Get(oauth.PathAuthorize+"?"+asked.Encode()).Is(http.StatusOK).
		Submit(oauth.PathAuthorize, url.Values{"decision": {"approve"}}).Is(http.StatusSeeOther)
	target, err := url.Parse(answer.Header().Get("Location"))
	if err != nil || target.Query().Get("code") == "" {
		s.Fatalf("led to %q, %v", target, err)
	}
	return func() bool {
		return s.redeem(url.Values{
			"grant_type": {"authorization_code"}, "client_id": {"dxauth-cli"}, "code": {target.Query().Get("code")},
			"redirect_uri": {redirect}, "code_verifier": {verifier},
		})
	}
}

// deviceCode lets a program without a browser have a session of alice.
func deviceCode(s clockServer) (works func() bool) {
	response, err := http.PostForm(s.url+oauth.PathDeviceAuthorization, url.Values{"client_id": {"dxauth-cli"}})
	if err != nil {
		s.Fatal(err)
	}
	defer response.Body.Close()
	var device wire.DeviceAuthorization
	if err := json.NewDecoder(response.Body).Decode(&device); err != nil {
		s.Fatal(err)
	}
	s.pages().SignedIn("alice").Get(oauth.PathDevice).Is(http.StatusOK).
		Submit(oauth.PathDevice, url.Values{"user_code": {device.UserCode}}).Is(http.StatusOK).
		Submit(oauth.PathDevice, url.Values{"decision": {"approve"}}).Is(http.StatusOK)
	return func() bool {
		return s.redeem(url.Values{
			"grant_type": {wire.GrantDevice}, "client_id": {"dxauth-cli"}, "device_code": {device.DeviceCode.Text().Reveal()},
		})
	}
}

// redeem returns whether a form gets a program its session.
func (s clockServer) redeem(form url.Values) bool {
	response, err := http.PostForm(s.url+oauth.PathToken, form)
	if err != nil {
		s.Fatal(err)
	}
	defer response.Body.Close()
	var refused struct {
		Error string `json:"error"`
	}
	if err := json.NewDecoder(response.Body).Decode(&refused); err != nil {
		s.Fatal(err)
	}
	isOver := refused.Error == wire.InvalidGrant || refused.Error == wire.ExpiredToken
	if response.StatusCode != http.StatusOK && !isOver {
		s.Errorf("the code is refused with %s, %s", response.Status, refused.Error)
	}
	return response.StatusCode == http.StatusOK
}
