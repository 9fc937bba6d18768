package platform

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

// The signature is the sha256 of the token in hexadecimal.
const (
	aliceToken     = "0123456789abcdefghijABCDEFGHIJ01"
	aliceSignature = "97fb3002a2cf4fc92c42c707796e328e0f35f00270aa4b7585372e3bc7cc00ab"
)

// server serves each route from a table and notes what it was asked.
type server struct {
	status  int               // 0: 200
	answers map[string]string // by route
	asked   []string          // "ROUTE BODY"
}

// platform starts the server and connects to it with alice's token.
func (s *server) platform(t *testing.T) *Platform {
	t.Helper()
	return Connect(TypeDNAnexus, s.access(t))
}

// access starts the server.
func (s *server) access(t *testing.T) Access {
	t.Helper()
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read the request: %v", err)
		}
		s.asked = append(s.asked, r.URL.Path+" "+string(body))
		w.Header().Set("Content-Type", "application/json")
		if s.status != 0 {
			w.WriteHeader(s.status)
		}
		_, _ = io.WriteString(w, s.answers[r.URL.Path])
	}))
	t.Cleanup(listener.Close)
	return Access{
		APIServer: listener.URL, AuthServer: listener.URL,
		Token: secret.New(aliceToken), HTTP: listener.Client(), Version: "v1",
	}
}

// sessions is platform for its sessions.
func (s *server) sessions(t *testing.T) *Sessions {
	t.Helper()
	sessions, err := s.platform(t).Sessions()
	if err != nil {
		t.Fatal(err)
	}
	return sessions
}

// settings is platform for its settings.
func (s *server) settings(t *testing.T) Settings {
	t.Helper()
	settings, err := s.platform(t).Settings()
	if err != nil {
		t.Fatal(err)
	}
	return settings
}

// twoFactor is platform for its second factor.
func (s *server) twoFactor(t *testing.T) TwoFactor {
	t.Helper()
	twoFactor, err := s.platform(t).TwoFactor()
	if err != nil {
		t.Fatal(err)
	}
	return twoFactor
}

func (s *server) wantAsked(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, s.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

// refusing returns a server that refuses every request with an error of that type.
func refusing(status int, errorType, details string) *server {
	body := fmt.Sprintf(`{"error":{"type":%q,"message":"no","details":%s}}`, errorType, details)
	return &server{status: status, answers: map[string]string{
		"/system/newAuthToken": body, "/system/whoami": body, "/system/getUserInfo": body,
		"/system/destroyAuthToken": body, "/system/greet": body, "/system/findProjects": body,
		"/project-1/describe": body, "/project-1/listFolder": body, "/class-1/method": body,
	}}
}

func TestSignIn(t *testing.T) {
	expires := time.UnixMilli(1_893_456_000_000).UTC()
	tests := map[string]struct {
		credentials Credentials
		answer      string
		asked       string
		want        SignInResult
	}{
		"as DNAnexus answers": {
			Credentials{Username: "Alice", Password: secret.New("pass")},
			`{"access_token":"` + aliceToken + `","token_type":"bearer"}`,
			`{"username":"Alice","password":"pass","otp":null}`,
			SignInResult{TokenType: "bearer", User: User{ID: "user-alice", Name: "Alice"}},
		},
		"with code and expiry": {
			Credentials{Username: "bob", Password: secret.New("pass"), Code: secret.New("123456"), Expires: expires},
			`{"access_token":"` + aliceToken + `","token_type":"bearer","user_id":"user-bob"}`,
			`{"username":"bob","password":"pass","otp":"123456","expires":1893456000000}`,
			SignInResult{TokenType: "bearer", User: User{ID: "user-bob", Name: "bob"}, Expires: expires},
		},
		"the server knows better": {
			Credentials{Username: "bob", Password: secret.New("pass"), Expires: expires.Add(time.Hour)},
			`{"access_token":"` + aliceToken + `","token_type":"bearer","user_id":"user-bob.b","expires":1893456000000,"idleTimeout":900000}`,
			`{"username":"bob","password":"pass","otp":null,"expires":1893459600000}`,
			SignInResult{TokenType: "bearer", User: User{ID: "user-bob.b", Name: "bob"}, Expires: expires, Idle: 15 * time.Minute},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &server{answers: map[string]string{"/system/newAuthToken": tt.answer}}
			pass, err := s.platform(t).SignIn(t.Context(), tt.credentials)
			if err != nil {
				t.Fatal(err)
			}
			s.wantAsked(t, "/system/newAuthToken "+tt.asked)
			if pass.Token.Reveal() != aliceToken {
				t.Errorf("the token is %q", pass.Token.Reveal())
			}
			pass.Token = secret.Text{}
			if pass != tt.want {
				t.Errorf("pass %+v, want %+v", pass, tt.want)
			}
		})
	}
}

// TestRefusals: each is typed by what can be done about it.
func TestRefusals(t *testing.T) {
	tests := map[string]struct {
		status    int
		errorType string
		want      error // nil: a refusal and nothing more
	}{
		"wrong password":          {401, "UsernameOrPasswordError", ErrWrongPassword},
		"code required":           {401, "OTPRequiredError", ErrCodeRequired},
		"wrong code":              {401, "OTPMismatchError", ErrWrongCode},
		"sign in again":           {401, "ReauthenticationRequiredError", ErrReauthenticate},
		"a limit":                 {422, "LimitReachedError", ErrLimitReached},
		"an unknown outcome":      {409, "UnknownOutcome", ErrUnknownOutcome},
		"unknown, before":         {503, "UnknownOutcome", ErrUnknownOutcome},
		"a full outbox":           {422, "OutboxFullError", ErrOutboxFull},
		"not found":               {404, "ResourceNotFound", ErrNotFound},
		"not found by its status": {404, "SomethingNew", ErrNotFound},
		"no permission":           {401, "PermissionDenied", nil},
		"single sign-on":          {403, "SSORequiredError", ErrSSORequired},
		"invalid input":           {422, "InvalidInput", nil},
		"something new":           {500, "SomethingNew", nil},
	}
	kinds := []error{ErrWrongPassword, ErrCodeRequired, ErrWrongCode, ErrNotFound, ErrReauthenticate, ErrSSORequired, ErrLimitReached, ErrUnknownOutcome, ErrOutboxFull}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := refusing(tt.status, tt.errorType, "null").platform(t).SignIn(t.Context(), Credentials{Username: "alice"})
			said, ok := refusal.DetailsOf[Answer](err)
			if !ok || said.Type != tt.errorType || said.Message != "no" {
				t.Fatalf("error %v, want a refusal of type %s", err, tt.errorType)
			}
			for _, kind := range kinds {
				if got := errors.Is(err, kind); got != (kind == tt.want) {
					t.Errorf("errors.Is(%v, %v) is %v", err, kind, got)
				}
			}
			if !dnanexus.IsType(err, tt.errorType) {
				t.Error("what the client said is not within reach")
			}
			want := "no (" + tt.errorType + ")"
			if tt.want != nil { // the type says what the message says
				want = "no"
			}
			if err.Error() != want {
				t.Errorf("text %q, want %q", err, want)
			}
		})
	}
}

func TestSignedOut(t *testing.T) {
	tests := map[string]struct {
		details string
		reason  refusal.Reason
		text    string
	}{
		"idle":                {`{"reason":"idle"}`, "idle", "the session has ended: idle"},
		"expired":             {`{"reason":"expired"}`, "expired", "the session has ended: expired"},
		"revoked":             {`{"reason":"revoked"}`, "revoked", "the session has ended: revoked"},
		"no reason":           {`{}`, "", "the server does not accept the credential any more"},
		"no details":          {`null`, "", "the server does not accept the credential any more"},
		"details of another":  {`["idle"]`, "", "the server does not accept the credential any more"},
		"a reason of nothing": {`{"reason":7}`, "", "the server does not accept the credential any more"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := refusing(401, "InvalidAuthentication", tt.details)
			for call, do := range everyCall(s.platform(t)) {
				err := do(t)
				if !errors.Is(err, ErrSignedOut) || EndReason(err) != tt.reason || err.Error() != tt.text {
					t.Errorf("%s: error %v, want %q", call, err, tt.text)
				}
				if _, ok := refusal.DetailsOf[Answer](err); ok {
					t.Errorf("%s: counts as a refusal too", call)
				}
			}
		})
	}
}

func everyCall(p *Platform) map[string]func(*testing.T) error {
	return map[string]func(*testing.T) error{
		"sign in":  func(t *testing.T) error { _, err := p.SignIn(t.Context(), Credentials{Username: "a"}); return err },
		"verify":   func(t *testing.T) error { _, err := p.Verify(t.Context()); return err },
		"whoami":   func(t *testing.T) error { _, err := p.Whoami(t.Context()); return err },
		"sign out": func(t *testing.T) error { return p.SignOut(t.Context()) },
		"announcements": func(t *testing.T) error {
			_, err := p.Announcements(t.Context())
			return err
		},
		"list projects": func(t *testing.T) error {
			_, _, err := p.ListProjects(t.Context(), ProjectQuery{}, nil)
			return err
		},
		"project": func(t *testing.T) error { _, err := p.Project(t.Context(), "project-1"); return err },
		"folder":  func(t *testing.T) error { _, err := p.Folders(t.Context(), "project-1", "/"); return err },
		"any":     func(t *testing.T) error { _, err := p.Call(t.Context(), "class-1", "method", nil); return err },
	}
}

// TestOtherFailuresPass: what is not a refusal stays what the client said.
func TestOtherFailuresPass(t *testing.T) {
	p := (&server{answers: map[string]string{"/system/newAuthToken": "<html>"}}).platform(t)
	_, err := p.SignIn(t.Context(), Credentials{Username: "alice"})
	var unexpected *httpcall.UnexpectedAnswerError
	if !errors.As(err, &unexpected) {
		t.Errorf("error %v, want an unexpected answer", err)
	}
}

func TestWhoIsThere(t *testing.T) {
	s := &server{answers: map[string]string{
		"/system/getUserInfo":  `{"username":"Alice","expires":1893456000000}`,
		"/system/whoami":       `{"id":"user-alice"}`,
		"/user-alice/describe": `{"id":"user-alice","handle":"Alice"}`,
	}}
	p := s.platform(t)
	want := User{ID: "user-alice", Name: "Alice"}
	if holder, err := p.Verify(t.Context()); err != nil || holder != (Holder{want, time.UnixMilli(1_893_456_000_000).UTC()}) {
		t.Errorf("verified %+v, %v", holder, err)
	}
	s.answers["/system/getUserInfo"] = `{"username":"Alice"}`
	if holder, err := p.Verify(t.Context()); err != nil || holder != (Holder{User: want}) {
		t.Errorf("verified %+v, %v, by a platform that does not tell the end", holder, err)
	}
	if user, err := p.Whoami(t.Context()); err != nil || user != want {
		t.Errorf("whoami %+v, %v", user, err)
	}
	s.wantAsked(t, "/system/getUserInfo {}", "/system/getUserInfo {}", "/system/whoami {}", "/user-alice/describe {}")
}

// TestSignOut: the token is named by its signature, never by itself.
func TestSignOut(t *testing.T) {
	s := &server{answers: map[string]string{"/system/destroyAuthToken": `{}`}}
	if err := s.platform(t).SignOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.wantAsked(t, `/system/destroyAuthToken {"tokenSignature":"`+aliceSignature+`"}`)
}

func TestAnnouncements(t *testing.T) {
	tests := map[string]struct {
		answer string
		want   []Announcement
	}{
		"none":   {`{"messages":[]}`, []Announcement{}},
		"no key": {`{}`, []Announcement{}},
		"one": {
			`{"messages":[{"date":1893456000000,"title":"New\u001b[31m","body":"text"}]}`,
			[]Announcement{{Time: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), Title: "New\x1b[31m", Body: "text"}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &server{answers: map[string]string{"/system/greet": tt.answer}}
			got, err := s.platform(t).Announcements(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("announcements (-want +got):\n%s", diff)
			}
			s.wantAsked(t, `/system/greet {"client":"dxauth","version":"v1"}`)
		})
	}
}

// TestCall: body and answer go through as they are, whole numbers too.
func TestCall(t *testing.T) {
	s := &server{answers: map[string]string{"/class-1/method": ` {"n":9007199254740993} ` + "\r\n"}}
	answer, err := s.platform(t).Call(t.Context(), "class-1", "method", json.RawMessage(`{"b":1,"a":9007199254740993}`))
	if err != nil || string(answer) != `{"n":9007199254740993}` {
		t.Errorf("answer %q, %v", answer, err)
	}
	s.wantAsked(t, `/class-1/method {"b":1,"a":9007199254740993}`)
}
