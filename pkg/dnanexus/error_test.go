package dnanexus_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

func TestStatusOf(t *testing.T) {
	tests := map[string]int{
		dnanexus.TypeMalformedJSON:            400,
		dnanexus.TypeInvalidAuthentication:    401,
		dnanexus.TypePermissionDenied:         401,
		dnanexus.TypeUsernameOrPassword:       401,
		dnanexus.TypeOTPRequired:              401,
		dnanexus.TypeOTPMismatch:              401,
		dnanexus.TypeReauthenticationRequired: 401,
		dnanexus.TypeSSORequired:              403,
		dnanexus.TypeTooManyAttempts:          403,
		dnanexus.TypeResourceNotFound:         404,
		dnanexus.TypeInvalidInput:             422,
		dnanexus.TypeInvalidState:             422,
		dnanexus.TypeInternalError:            500,
		dnanexus.TypeServiceUnavailable:       503,
		"SomethingElse":                       500,
	}
	for errorType, want := range tests {
		if got := dnanexus.StatusOf(errorType); got != want {
			t.Errorf("%s: %d, want %d", errorType, got, want)
		}
	}
}

func TestErrorText(t *testing.T) {
	refusal := &dnanexus.Error{Type: "InvalidInput", Message: "no", Status: 422}
	if got, want := refusal.Error(), "InvalidInput: no (code 422)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	refusal.RequestID = "1579272357810-534198"
	if got, want := refusal.Error(), "InvalidInput: no (code 422, request ID 1579272357810-534198)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestIsType(t *testing.T) {
	refusal := fmt.Errorf("signing in: %w", &dnanexus.Error{Type: dnanexus.TypeOTPRequired})
	if !dnanexus.IsType(refusal, dnanexus.TypeOTPRequired) {
		t.Error("a wrapped refusal is not found")
	}
	if dnanexus.IsType(refusal, dnanexus.TypeOTPMismatch) || dnanexus.IsType(io.EOF, "") || dnanexus.IsType(nil, "") {
		t.Error("something else is taken for the refusal")
	}
}

// signIn makes the one call that is never repeated.
func signIn(ctx context.Context, client *dnanexus.Client) error {
	_, err := client.NewAuthToken(ctx, dnanexus.NewAuthTokenRequest{Username: "alice", Password: secret.New("wonderland").OnWire()})
	return err
}

func TestARefusalKeepsWhatThePlatformSays(t *testing.T) {
	server := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-ID", "1579272357810-534198")
		w.Header().Set("Retry-After", "30")
		w.Header().Set("Date", "Sun, 01 Mar 2026 12:00:00 GMT")
		answering(403, `{"error":{"type":"TooManyAttemptsError","message":"wait","details":{"retryAfter":30}}}`)(w, r)
	})
	err := signIn(t.Context(), server.client())
	refusal, ok := errors.AsType[*dnanexus.Error](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	want := &dnanexus.Error{
		Type: dnanexus.TypeTooManyAttempts, Message: "wait", Details: json.RawMessage(`{"retryAfter":30}`),
		Status: 403, RequestID: "1579272357810-534198", Retry: 30 * time.Second,
		Date: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
	}
	if diff := cmp.Diff(want, refusal); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUnexpectedAnswers(t *testing.T) {
	const leak = "5ecr3tOfTheAnswer"
	tests := []struct {
		name        string
		status      int
		contentType string
		body        string
		excerpt     string
		text        string
	}{
		{"web page in place of a platform", 200, "text/html; charset=utf-8", "<h1>\n  Welcome\t</h1>", "<h1> Welcome </h1>", "answered with status 200 and text/html: this is perhaps not a platform server"},
		{"error page of a proxy", 502, "text/html", "bad gateway", "bad gateway", "status 502"},
		{"JSON without an error type", 400, "application/json", `{"error":"invalid_request"}`, `{"error":"invalid_request"}`, "status 400"},
		{"nothing", 200, "", "", "", "no content type"},
		{"no content", 204, "", "", "", "status 204"},
		{"JSON of another shape", 200, "application/json", `["a"]`, `["a"]`, "status 200"},
		{"a token of a wrong type is not quoted", 200, "application/json", `{"access_token":["` + leak + `"]}`, `{"access_token":"[redacted]"}`, "status 200"},
		{"a token's answer cut short is not quoted", 200, "application/json", `{"access_token":"` + leak, "", "status 200"},
		{"controls and bidirectional marks are dropped", 418, "text/plain", "a\x1b[31mb\u202ec\u0085d\x00e\xff", "a[31mb" + "c de\ufffd", "status 418"},
		{"a long text is cut by characters", 418, "text/plain", strings.Repeat("é", 300), strings.Repeat("é", 200), "status 418"},
		{"our own token is not quoted", 418, "text/plain", "you sent Bearer " + aliceToken[:9] + "\x00" + aliceToken[9:], "you sent Bearer [redacted]", "status 418"},
		{"redirect to nowhere", 302, "", "", "", "status 302"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := newPlatform(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = nil
				if test.contentType != "" {
					w.Header().Set("Content-Type", test.contentType)
				}
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			})
			err := signIn(t.Context(), server.client())
			got, ok := errors.AsType[*httpcall.UnexpectedAnswerError](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			contentType, _, _ := strings.Cut(test.contentType, ";")
			want := &httpcall.UnexpectedAnswerError{
				URL: server.URL + "/auth/system/newAuthToken", Status: test.status, ContentType: contentType, Excerpt: test.excerpt,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !strings.Contains(err.Error(), test.text) {
				t.Errorf("%q does not contain %q", err, test.text)
			}
			if strings.Contains(err.Error(), leak) || strings.Contains(err.Error(), aliceToken) {
				t.Errorf("the error shows a token: %v", err)
			}
		})
	}
}

func TestAnAnswerWithoutItsMainFieldIsNoSuccess(t *testing.T) {
	tests := map[string]func(*dnanexus.Client) error{
		"access_token": func(c *dnanexus.Client) error { return signIn(t.Context(), c) },
		"username":     func(c *dnanexus.Client) error { _, err := c.UserInfo(t.Context()); return err },
		"id":           func(c *dnanexus.Client) error { _, err := c.WhoAmI(t.Context(), dnanexus.WhoAmIRequest{}); return err },
	}
	server := newPlatform(t, answering(200, `{"hello":"world"}`))
	for field, call := range tests {
		got, ok := errors.AsType[*httpcall.UnexpectedAnswerError](call(server.client()))
		if !ok || got.Missing != field {
			t.Errorf("%s: got %v", field, got)
		}
	}
}

// C-08: a token goes only to the host that it was made for.
func TestARedirectIsNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			second := newPlatform(t, answering(200, `{"id":"user-mallory"}`))
			first := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, second.URL+"/elsewhere?token="+aliceToken, status)
			})
			follower := dnanexus.New(dnanexus.Config{
				APIServer: first.URL, Token: secret.New(aliceToken),
				HTTP: &http.Client{}, // which would follow
			})
			_, err := follower.WhoAmI(t.Context(), dnanexus.WhoAmIRequest{})
			got, ok := errors.AsType[*httpcall.RedirectError](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			want := &httpcall.RedirectError{From: first.URL + "/system/whoami", To: second.URL + "/elsewhere?token=[redacted]"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !strings.Contains(err.Error(), got.From) || !strings.Contains(err.Error(), got.To) {
				t.Errorf("%q does not name both addresses", err)
			}
			if len(second.requests) != 0 {
				t.Errorf("the second host got %v", second.requests)
			}
			if len(first.requests) != 1 {
				t.Errorf("the first host got %d requests", len(first.requests))
			}
		})
	}
}

func TestGivingUpIsNotTheServersFault(t *testing.T) {
	server := newPlatform(t, answering(200, `{}`))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := signIn(ctx, server.client())
	if _, blamed := errors.AsType[*httpcall.UnreachableError](err); blamed || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
