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
		dnanexus.TypeLimitReached:             422,
		dnanexus.TypeOutboxFull:               422,
		dnanexus.TypeUnknownOutcome:           409,
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

// What is not of the protocol is not quoted, and neither is what looks like a refusal
// and is not one.
func TestUnexpectedAnswers(t *testing.T) {
	const leak = "5ecr3tOfTheAnswer"
	tests := map[string]struct {
		status int
		body   string
	}{
		"web page":                {200, "<h1>" + leak + "</h1>"},
		"notice before a token":   {200, `Notice: x {"access_token":"` + leak + `"}`},
		"JSON in a string":        {200, `"{\"access_token\":\"` + leak + `\"}"`},
		"refusal with a good one": {302, `{"error":{"type":"A","message":"` + leak + `"}}`},
		"no error type":           {400, `{"error":{"message":"` + leak + `"}}`},
		"type that is not a name": {400, `{"error":{"type":"x ` + leak + `","message":"m"}}`},
		"type of any length":      {400, `{"error":{"type":"` + leak + strings.Repeat("x", 1<<20) + `","message":"m"}}`},
		"nothing":                 {200, ""},
		"bytes that are not text": {200, "\x00\xff\xfe\x80" + leak},
		"compressed, unasked":     {200, "\x1f\x8b\x08" + leak},
		"half an object":          {200, `{"access_token":"` + leak},
		"two objects":             {200, `{"token_type":"` + leak + `"}{"access_token":"` + leak + `"}`},
		"nested to the limit":     {200, `{"x":` + strings.Repeat("[", 1<<20)},
		"nested, and closed":      {200, strings.Repeat(`{"access_token":`, 1<<16) + `"` + leak + `"` + strings.Repeat("}", 1<<16)},
		"refusal that is nested":  {400, strings.Repeat(`{"error":`, 1<<16) + strings.Repeat("}", 1<<16)},
		"message of another type": {400, `{"error":{"type":"InvalidInput","message":["` + leak + `"]}}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := newPlatform(t, answering(test.status, test.body))
			err := signIn(t.Context(), server.client())
			if _, ok := errors.AsType[*httpcall.UnexpectedAnswerError](err); !ok {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(err.Error(), leak) {
				t.Errorf("the error quotes the answer: %v", err)
			}
		})
	}
}

// A server that sends the password back is not quoted, whatever the type of the refusal.
func TestARefusalThatEchoesThePasswordIsCleaned(t *testing.T) {
	for _, errorType := range []string{
		dnanexus.TypeUsernameOrPassword, dnanexus.TypeOTPRequired, dnanexus.TypeInvalidInput, dnanexus.TypeInternalError,
		dnanexus.TypeInvalidAuthentication, dnanexus.TypeTooManyAttempts, "wonderland",
	} {
		server := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Request-ID", "wonderland")
			answering(401, `{"error":{"type":"`+errorType+`","message":"not \u0077onderland","details":{"reason":"wonderland","x":["%77onderland"]}}}`)(w, r)
		})
		err := signIn(t.Context(), server.client())
		refusal, ok := errors.AsType[*dnanexus.Error](err)
		if !ok || strings.Contains(fmt.Sprintf("%+v %s", *refusal, refusal.Details), "onderland") {
			t.Errorf("%s: got %+v", errorType, err)
		}
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

// What cannot be an ID or a name of the platform gets into no file, menu or variable.
func TestHostileNamesAndNullsAreUnexpected(t *testing.T) {
	calls := map[string]func(*dnanexus.Client) error{
		`{"id":%s}`:       func(c *dnanexus.Client) error { _, err := c.WhoAmI(t.Context(), dnanexus.WhoAmIRequest{}); return err },
		`{"username":%s}`: func(c *dnanexus.Client) error { _, err := c.UserInfo(t.Context()); return err },
		`{"results":[{"id":%s}]}`: func(c *dnanexus.Client) error {
			_, err := c.FindProjects(t.Context(), dnanexus.FindProjectsRequest{})
			return err
		},
		`{"tokens":[{"signature":%s}]}`: func(c *dnanexus.Client) error {
			_, err := c.FindAccessTokens(t.Context(), dnanexus.FindAccessTokensRequest{})
			return err
		},
		`{"sessions":[{"id":%s}]}`: func(c *dnanexus.Client) error { _, err := c.ListSessions(t.Context()); return err },
	}
	hostile := []string{`null`, `""`, `"\u0000"`, `"a\nb"`, `"\u001b[2J"`, `"..\u202e"`, `"` + strings.Repeat("x", 1<<20) + `/"`, `7`, `{}`}
	for form, call := range calls {
		for _, value := range hostile {
			server := newPlatform(t, answering(200, fmt.Sprintf(form, value)))
			if err := call(server.client()); !isUnexpected(err) {
				t.Errorf(form+": got %v", value[:min(len(value), 40)], err)
			}
		}
		for _, body := range []string{"null", " null\n", `[]`, `"x"`, `7`} {
			if err := call(newPlatform(t, answering(200, body)).client()); !isUnexpected(err) {
				t.Errorf("%s instead of %s: got %v", body, form, err)
			}
		}
	}
	null := newPlatform(t, answering(200, `{"results":[null]}`))
	if _, err := null.client().FindProjects(t.Context(), dnanexus.FindProjectsRequest{}); !isUnexpected(err) {
		t.Errorf("a null in a list: got %v", err)
	}
}

func isUnexpected(err error) bool {
	_, ok := errors.AsType[*httpcall.UnexpectedAnswerError](err)
	return ok
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
			want := &httpcall.RedirectError{From: first.URL + "/system/whoami", To: second.URL}
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
