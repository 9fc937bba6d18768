package dxtest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/dxtest"
	"github.com/dxauth/dxauth/pkg/secret"
)

// What was asked is there when its answer is, with the user and the status.
func TestRequests(t *testing.T) {
	t.Parallel()
	srv := dxtest.New(t, dxtest.User("alice", password))
	token := srv.SignIn("alice", password)
	client := srv.Client(token)
	srv.Fail(dxtest.Fault{Path: dnanexus.RouteGreet, Drop: true})
	calls := []func() error{
		func() error { _, err := whoAmI(t, srv, token); return err },
		func() error { _, err := client.Greet(t.Context(), dnanexus.GreetRequest{Client: "<me>"}); return err },
		func() error { return client.DestroyAuthToken(t.Context(), dnanexus.Signature(token)) },
		func() error { _, err := whoAmI(t, srv, token); return err },
		func() error { _, err := whoAmI(t, srv, secret.New("made-up-token")); return err },
		func() error {
			answer, err := http.Get(srv.URL + "/healthz?x=1")
			if err == nil {
				err = answer.Body.Close()
			}
			return err
		},
	}
	outcome := ""
	for _, call := range calls {
		outcome += map[bool]string{true: "+", false: "-"}[call() == nil]
	}
	if outcome != "+-+--+" {
		t.Errorf("the calls went %s", outcome)
	}

	type line struct {
		What, Body, User string
		Status           int
	}
	var got []line
	for _, r := range srv.Requests() {
		got = append(got, line{r.Method + " " + r.Path, r.Body, r.User, r.Status})
	}
	want := []line{
		{"POST /system/newAuthToken", `{"otp":null,"password":"[redacted]","username":"alice"}`, "", 200},
		{"POST /system/whoami", "{}", "alice", 200},
		{"POST /system/greet", `{"client":"<me>"}`, "alice", 0},
		{"POST /system/destroyAuthToken", `{"tokenSignature":"` + dnanexus.Signature(token) + `"}`, "alice", 200},
		{"POST /system/whoami", "{}", "alice", 401},
		{"POST /system/whoami", "{}", "", 401},
		{"GET /healthz", "", "", 200},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Who asked is looked up without counting as a use.
func TestALookIsNoUse(t *testing.T) {
	t.Parallel()
	srv := dxtest.New(t, dxtest.User("alice", password))
	token := srv.SignIn("alice", password)
	srv.Advance(10 * time.Minute)
	srv.Fail(dxtest.Fault{Path: dnanexus.RouteWhoAmI, Status: 500})
	if _, err := whoAmI(t, srv, token); !dnanexus.IsType(err, dnanexus.TypeInternalError) {
		t.Fatalf("got %v", err)
	}
	srv.Advance(10 * time.Minute)
	if _, err := whoAmI(t, srv, token); !dnanexus.IsType(err, dnanexus.TypeInvalidAuthentication) {
		t.Errorf("a request that failed before the platform saw it kept the session alive: %v", err)
	}
}

// Whatever is in a request, what is shown of it holds no secret.
func TestRequestsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	srv := dxtest.New(t, dxtest.UserWithTOTP("bob", password, seed), dxtest.Token("bob", value))
	code := srv.Code("bob")
	session := srv.SignIn("bob", password)
	bodies := []string{
		`{"a": [{"Old_Password": {"x": "` + password + `"}, "n": 12345678901234567890}], "` + value + `": "Bearer ` + value + `"}`,
		`{"password": "` + password, // broken
		`otp=` + code,
		`{"otp": ["` + code + `"], "OTP": 0}`,
		strings.Repeat(" ", 1<<20) + `"` + password + `"`, // longer than what is kept
	}
	for _, body := range bodies {
		request, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL+"/system/"+value+"?t="+value, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+value)
		request.Header.Set("X-Api-Token", password)
		request.Header.Set("X-Note", "it is "+value)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := whoAmI(t, srv, session); err != nil {
		t.Error(err)
	}

	requests := srv.Requests()
	if len(requests) != len(bodies)+2 {
		t.Errorf("%d requests, want %d", len(requests), len(bodies)+2)
	}
	for _, request := range requests {
		shown, err := json.Marshal(request)
		if err != nil {
			t.Fatal(err)
		}
		for _, hidden := range []string{password, value, session.Reveal(), `"` + code + `"`, "otp=" + code} {
			if strings.Contains(string(shown), hidden) {
				t.Errorf("%q is in %s", hidden, shown)
			}
		}
	}
	want := `{"[redacted]":"Bearer [redacted]","a":[{"Old_Password":"[redacted]","n":12345678901234567890}]}`
	if got := requests[1].Body; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got, want := requests[2].Body, fmt.Sprintf("(%d bytes that are not JSON)", len(bodies[1])); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// What Requests returned is the caller's own.
func TestRequestsAreCopies(t *testing.T) {
	t.Parallel()
	srv := dxtest.New(t)
	if err := greet(context.Background(), srv); err != nil {
		t.Fatal(err)
	}
	srv.Requests()[0].Header.Set("User-Agent", "changed")
	if got := srv.Requests()[0].Header.Get("User-Agent"); got != "dxtest" {
		t.Errorf("the record says %q", got)
	}
}
