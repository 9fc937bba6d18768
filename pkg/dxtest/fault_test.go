package dxtest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/dxtest"
	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

// greet calls a route that the client never retries.
func greet(ctx context.Context, srv *dxtest.Server) error {
	_, err := srv.Client(secret.Text{}).Greet(ctx, dnanexus.GreetRequest{})
	return err
}

// Each kind of fault gives a client its error.
func TestFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault dxtest.Fault
		is    func(error) bool
	}{
		"refused": {
			dxtest.Fault{Status: 401},
			func(err error) bool { return dnanexus.IsType(err, dnanexus.TypeInvalidAuthentication) },
		},
		"a status of its own": {
			dxtest.Fault{Status: 418},
			func(err error) bool {
				refusal, ok := errors.AsType[*dnanexus.Error](err)
				return ok && refusal.Status == 418 && refusal.Type == dnanexus.TypeInternalError
			},
		},
		"overloaded, with a pause": {
			dxtest.Fault{Status: 503, RetryAfter: 1500 * time.Millisecond},
			func(err error) bool {
				refusal, ok := errors.AsType[*dnanexus.Error](err)
				return ok && refusal.Type == dnanexus.TypeServiceUnavailable && refusal.Retry == 2*time.Second
			},
		},
		"refused in words of the test": {
			dxtest.Fault{Status: 401, Body: `{"error":{"type":"PermissionDenied","message":"not you"}}`},
			func(err error) bool {
				return dnanexus.IsType(err, dnanexus.TypePermissionDenied) && strings.Contains(err.Error(), "not you")
			},
		},
		"garbage": {
			dxtest.Fault{Body: "<html>Welcome to the hotel's network"},
			func(err error) bool {
				odd, ok := errors.AsType[*httpcall.UnexpectedAnswerError](err)
				return ok && odd.Status == 200 && odd.ContentType == "text/html" && odd.Problem == "not JSON at byte 1"
			},
		},
		"a lost connection": {
			dxtest.Fault{Drop: true},
			func(err error) bool {
				unreachable, ok := errors.AsType[*httpcall.UnreachableError](err)
				return ok && unreachable.Reason() == "the connection was lost"
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := dxtest.New(t)
			test.fault.Path = dnanexus.RouteGreet
			srv.Fail(test.fault)
			if err := greet(t.Context(), srv); !test.is(err) {
				t.Errorf("got %v", err)
			}
			if err := greet(t.Context(), srv); err != nil {
				t.Errorf("the fault is used up, and yet: %v", err)
			}
		})
	}
}

// A late answer is the platform's own.
func TestDelay(t *testing.T) {
	t.Parallel()
	const delay = 20 * time.Millisecond
	srv := dxtest.New(t, dxtest.User("alice", password))
	srv.Fail(dxtest.Fault{Path: dnanexus.RouteNewAuthToken, Delay: delay})
	start := time.Now()
	token := srv.SignIn("alice", password)
	if took := time.Since(start); took < delay {
		t.Errorf("the answer came after %v", took)
	}
	if id, err := whoAmI(t, srv, token); err != nil || id != "user-alice" {
		t.Errorf("%q, %v", id, err)
	}
}

// A client may give up on a late answer, and a server does not wait for it when
// its test ends.
func TestNobodyWaits(t *testing.T) {
	t.Parallel()
	start := time.Now()
	t.Run("inside", func(t *testing.T) {
		srv := dxtest.New(t)
		srv.Fail(dxtest.Fault{Path: "*", Times: 2, Delay: time.Hour})
		ctx, giveUp := context.WithCancel(t.Context())
		answer := make(chan error)
		go func() { answer <- greet(ctx, srv) }()
		awaitRequests(t, srv, 1)
		giveUp()
		if err := <-answer; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		go func() { _ = greet(context.Background(), srv) }()
		awaitRequests(t, srv, 2)
	})
	if took := time.Since(start); took > time.Minute {
		t.Errorf("it took %v", took)
	}
}

// awaitRequests waits until so many requests came over real connections.
func awaitRequests(t *testing.T, srv *dxtest.Server, want int) {
	t.Helper()
	for start := time.Now(); len(srv.Requests()) < want; time.Sleep(time.Millisecond) {
		if time.Since(start) > time.Minute {
			t.Fatalf("%d requests came, not %d", len(srv.Requests()), want)
		}
	}
}

// Each request meets the first fault for its path that is left.
func TestFaultsAreUsedUpInOrder(t *testing.T) {
	t.Parallel()
	srv := dxtest.New(t, dxtest.User("alice", password), dxtest.Token("alice", value), dxtest.Project("Exome", "alice"))
	srv.Fail(dxtest.Fault{Path: "/project-*/newFolder", Times: 2, Status: 422})
	srv.Fail(dxtest.Fault{Path: dnanexus.RouteNewAuthToken, Status: 400})
	srv.Fail(dxtest.Fault{Path: "*", Status: 404})
	client, exome := srv.Client(secret.New(value)), srv.ProjectID("Exome")
	newFolder := func() error {
		return client.NewFolder(t.Context(), exome, dnanexus.NewFolderRequest{Folder: "/raw"})
	}
	calls := []struct {
		call func() error
		want string // the type of the error
	}{
		{newFolder, dnanexus.TypeInvalidInput},
		{func() error { return greet(t.Context(), srv) }, dnanexus.TypeResourceNotFound}, // "*"
		{newFolder, dnanexus.TypeInvalidInput},
		{newFolder, ""},
		{func() error { return greet(t.Context(), srv) }, ""},
		{func() error {
			_, err := srv.Client(secret.Text{}).NewAuthToken(t.Context(), dnanexus.NewAuthTokenRequest{})
			return err
		}, dnanexus.TypeMalformedJSON},
		{newFolder, dnanexus.TypeInvalidState}, // it exists: the first two did not reach the platform
	}
	for i, c := range calls {
		err := c.call()
		if c.want == "" && err != nil || c.want != "" && !dnanexus.IsType(err, c.want) {
			t.Errorf("call %d: got %v, want %q", i+1, err, c.want)
		}
	}
}
