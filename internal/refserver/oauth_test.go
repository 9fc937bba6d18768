package refserver

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// A client of the platform that posts JSON must not get a server error, which it would
// retry, nor the error envelope of the platform.
func TestTheOAuthTokenEndpointRefuses(t *testing.T) {
	server := open(t, Config{})
	for contentType, want := range map[string]string{
		"application/json": `{"error":"invalid_request","error_description":"the content type must be application/x-www-form-urlencoded"}`,
		"":                 `{"error":"invalid_request","error_description":"the content type must be application/x-www-form-urlencoded"}`,
		"application/x-www-form-urlencoded; charset=utf-8": `{"error":"unsupported_grant_type",` +
			`"error_description":"this server makes no tokens here: sign in with /system/newAuthToken"}`,
	} {
		request := httptest.NewRequest("POST", "http://127.0.0.1:8080/oauth2/token", strings.NewReader(`{"grant_type": "authorization_code"}`))
		request.Header.Set("Content-Type", contentType)
		answer := server.answer(request)
		if answer.Code != 400 || answer.Body.String() != want || errorType(answer) != "" {
			t.Errorf("%q: %d %s", contentType, answer.Code, answer.Body)
		}
		if got := answer.Header().Get("Cache-Control"); got != "no-store" {
			t.Errorf("%q: Cache-Control is %q", contentType, got)
		}
	}
}
