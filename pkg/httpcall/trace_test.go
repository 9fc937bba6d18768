package httpcall_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/httpcall"
)

// C-05: no secret in debug output.
func TestTheTraceShowsNoSecret(t *testing.T) {
	const hidden = "CANARY" // part of every secret but the token
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Cookie", "session=CANARY")
		w.Header().Set("X-Echo", r.Header.Get("Authorization"))
		answering(200, `{
			"access_token": "CANARY-answer", "refreshToken": ["CANARY"], "authorization_code": "CANARY", "totpSecret": {"base32": "CANARY"},
			"recovery_codes": ["CANARY", "CANARY"], "newPassword": "CANARY", "OTP": 1, "ticket": "CANARY",
			"headers": {"authorization": "Bearer `+token+`"}, "echo": ["you sent Bearer `+token+`"], "`+token+`": 1,
			"token_signature": "shown-1", "tokenSignature": "shown-2", "token_type": "shown-3", "user_id": "shown-4", "size": 12345678901234567890
		}`)(w, r)
	})
	var exchanges []httpcall.Exchange
	s := sender(nil)
	s.Trace = func(exchange httpcall.Exchange) { exchanges = append(exchanges, exchange) }
	for _, body := range []string{`{"password":"CANARY","otp":"CANARY-code"}`, `{"a":[{"currentPassword":"CANARY"}]}`, "grant=CANARY"} {
		call := callTo(server.URL)
		call.Body = []byte(body)
		if _, err := s.Send(t.Context(), call); err != nil {
			t.Fatal(err)
		}
	}
	if len(exchanges) != 3 {
		t.Fatalf("%d exchanges", len(exchanges))
	}
	for _, format := range []string{"%v", "%+v", "%#v"} {
		if shown := fmt.Sprintf(format, exchanges); strings.Contains(shown, hidden) || strings.Contains(shown, token) {
			t.Errorf("%s shows a secret:\n%s", format, shown)
		}
	}
	for _, want := range []string{"shown-1", "shown-2", "shown-3", "shown-4", "12345678901234567890"} {
		if !strings.Contains(exchanges[0].ResponseBody, want) {
			t.Errorf("%s is not shown in %s", want, exchanges[0].ResponseBody)
		}
	}
}

func TestTheTraceTellsEachTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := []*http.Response{
			{StatusCode: 502, Body: io.NopCloser(strings.NewReader("<html>"))},
			{StatusCode: 200, Body: io.NopCloser(strings.NewReader(`{"id":"user-alice"}`))},
		}
		slow := roundTrip(func(*http.Request) (*http.Response, error) {
			time.Sleep(3 * time.Second)
			answer := answers[0]
			answers = answers[1:]
			return answer, nil
		})
		var exchanges []httpcall.Exchange
		s := sender(&http.Client{Transport: slow})
		s.Trace = func(exchange httpcall.Exchange) { exchanges = append(exchanges, exchange) }
		if _, err := s.Send(t.Context(), callTo("https://api.example")); err != nil {
			t.Fatal(err)
		}
		first := httpcall.Exchange{
			Method: "POST", URL: "https://api.example/system/whoami", Try: 1,
			RequestHeader: http.Header{"Authorization": {"[redacted]"}}, RequestBody: "{}",
			Status: 502, ResponseBody: "(6 bytes that are not JSON)", Duration: 3 * time.Second,
		}
		second := first
		second.Try, second.Status, second.ResponseBody = 2, 200, `{"id":"user-alice"}`
		if diff := cmp.Diff([]httpcall.Exchange{first, second}, exchanges); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestTheTraceTellsWhyThereIsNoAnswer(t *testing.T) {
	var exchanges []httpcall.Exchange
	s := sender(nil)
	s.Trace = func(exchange httpcall.Exchange) { exchanges = append(exchanges, exchange) }
	_, err := s.Send(t.Context(), callTo("http://"+closedAddress(t)))
	if len(exchanges) != 1 || exchanges[0].Err != err || exchanges[0].Status != 0 || exchanges[0].ResponseHeader != nil {
		t.Errorf("got %+v, want %v", exchanges, err)
	}
}

func TestAPrintedSenderShowsNoCredential(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if shown := fmt.Sprintf(verb, sender(nil)); strings.Contains(shown, token) {
			t.Errorf("%s: %s", verb, shown)
		}
	}
}
