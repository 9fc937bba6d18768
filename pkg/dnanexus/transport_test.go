package dnanexus_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// script is a platform that fails always in the same way, and counts the calls.
type script struct {
	status int
	err    error // in place of an answer
	calls  int
}

func (s *script) RoundTrip(*http.Request) (*http.Response, error) {
	s.calls++
	if s.err != nil {
		return nil, s.err
	}
	body := `{"error":{"type":"ServiceUnavailable","message":"later"}}`
	return &http.Response{StatusCode: s.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func (s *script) client() *dnanexus.Client {
	return dnanexus.New(dnanexus.Config{
		APIServer: "https://api.example", AuthServer: "https://auth.example", HTTP: &http.Client{Transport: s},
	})
}

func whoAmI(ctx context.Context, c *dnanexus.Client) error {
	_, err := c.WhoAmI(ctx, dnanexus.WhoAmIRequest{})
	return err
}

func TestOnlyCallsThatReadAreRepeated(t *testing.T) {
	route := func(resource, method string) func(context.Context, *dnanexus.Client) error {
		return func(ctx context.Context, c *dnanexus.Client) error {
			_, err := c.Call(ctx, resource, method, nil)
			return err
		}
	}
	tests := []struct {
		name  string
		call  func(context.Context, *dnanexus.Client) error
		tries int
	}{
		{"newAuthToken", signIn, 1},
		{"destroyAuthToken", func(ctx context.Context, c *dnanexus.Client) error { return c.DestroyAuthToken(ctx, "abc") }, 2},
		{"getUserInfo", func(ctx context.Context, c *dnanexus.Client) error { _, err := c.UserInfo(ctx); return err }, 3},
		{"whoami", whoAmI, 3},
		{"listAuthTokens", func(ctx context.Context, c *dnanexus.Client) error {
			_, err := c.ListAuthTokens(ctx, dnanexus.ListAuthTokensRequest{})
			return err
		}, 3},
		{"findAccessTokens", func(ctx context.Context, c *dnanexus.Client) error {
			_, err := c.FindAccessTokens(ctx, dnanexus.FindAccessTokensRequest{})
			return err
		}, 3},
		{"updateAuthToken", func(ctx context.Context, c *dnanexus.Client) error {
			return c.UpdateAuthToken(ctx, dnanexus.UpdateAuthTokenRequest{})
		}, 1},
		{"greet", route("system", "greet"), 1},
		{"findProjects", route("system", "findProjects"), 3},
		{"findMembers", route("org-a", "findMembers"), 3},
		{"describe", route("user-alice", "describe"), 3},
		{"listFolder", route("project-1", "listFolder"), 3},
		{"project/new", route("project", "new"), 1},
		{"destroy", route("project-1", "destroy"), 1},
		{"newFolder", route("project-1", "newFolder"), 1},
		{"invite", route("project-1", "invite"), 1},
		{"decreasePermissions", route("project-1", "decreasePermissions"), 1},
		{"a route that is not known", route("job-1", "terminate"), 1},
	}
	for _, test := range tests {
		for name, trouble := range map[string]script{"503": {status: 503}, "reset": {err: syscall.ECONNRESET}} {
			t.Run(test.name+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server := trouble
					if err := test.call(t.Context(), server.client()); err == nil {
						t.Error("no error")
					}
					if server.calls != test.tries {
						t.Errorf("sent %d times, want %d", server.calls, test.tries)
					}
				})
			})
		}
	}
}
