package refserver

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/testclock"
)

// whoami calls whoami with a token.
func (s *Server) whoami(bearer string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080/system/whoami", strings.NewReader("{}"))
	request.Header.Set("Authorization", "Bearer "+bearer)
	return s.answer(request)
}

// A limit of seconds is exact: a session in use stays valid, an idle one ends at the
// limit or at most a thirtieth of it earlier.
func TestAnIdleTimeoutOfSeconds(t *testing.T) {
	clock := testclock.New(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC))
	const limit = 2 * time.Second
	server := open(t, Config{IdleTimeout: limit, Now: clock.Now})
	session := server.signIn(t)
	for range 30 {
		clock.Advance(time.Second)
		if answer := server.whoami(session); answer.Code != http.StatusOK {
			t.Fatalf("a session in use: %d %s", answer.Code, answer.Body)
		}
	}

	// The last use may have been too soon after another to be stored.
	clock.Advance(limit / 31)
	server.whoami(session)
	clock.Advance(limit - limit/30)
	if answer := server.whoami(session); answer.Code != http.StatusOK {
		t.Errorf("just before the limit: %d %s", answer.Code, answer.Body)
	}
	clock.Advance(limit)
	answer := server.whoami(session)
	if answer.Code != http.StatusUnauthorized || !strings.Contains(answer.Body.String(), `"details":{"reason":"idle"}`) {
		t.Errorf("at the limit: %d %s", answer.Code, answer.Body)
	}
	if answer := server.whoami(token); answer.Code != http.StatusOK {
		t.Errorf("an API token: %d %s", answer.Code, answer.Body)
	}
}

// signIn signs alice in and returns the session's token.
func (s *Server) signIn(t *testing.T) string {
	t.Helper()
	request := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080/system/newAuthToken",
		strings.NewReader(`{"username": "alice", "password": "`+password+`"}`))
	answer := s.answer(request)
	_, rest, _ := strings.Cut(answer.Body.String(), `"access_token":"`)
	session, _, found := strings.Cut(rest, `"`)
	if !found || !strings.Contains(answer.Body.String(), `"idleTimeout":2000`) {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	return session
}
