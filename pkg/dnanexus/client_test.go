package dnanexus_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

const aliceToken = "0123456789abcdefghijABCDEFGHIJ01"

// platform is a server that records its requests and always gives the same answer.
type platform struct {
	*httptest.Server
	requests []received
}

type received struct {
	route  string
	header http.Header
	body   string
}

// newPlatform starts a server that answers everything with answer.
func newPlatform(t *testing.T, answer http.HandlerFunc) *platform {
	t.Helper()
	p := &platform{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("reading the request: %v", err)
		}
		p.requests = append(p.requests, received{r.Method + " " + r.URL.RequestURI(), r.Header, string(body)})
		answer(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

// client returns a client of the platform that has alice's token.
func (p *platform) client() *dnanexus.Client {
	return dnanexus.New(dnanexus.Config{
		APIServer:  p.URL,
		AuthServer: p.URL + "/auth",
		UserAgent:  "dxauth/test",
		Token:      secret.New(aliceToken),
	})
}

// answering gives a JSON body with a status.
func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestCallsHaveTheShapeThatPlatformsExpect(t *testing.T) {
	ctx := context.Background()
	code := secret.New("123456").OnWire()
	tests := []struct {
		name   string
		call   func(*dnanexus.Client) (any, error)
		route  string
		body   string
		answer string
		want   any
	}{
		{
			name: "first try of a sign-in, as dx sends it",
			call: func(c *dnanexus.Client) (any, error) {
				return c.NewAuthToken(ctx, dnanexus.NewAuthTokenRequest{
					Username: "alice", Password: secret.New("wonderland").OnWire(), Expires: 1800000000000,
				})
			},
			route:  "POST /auth/system/newAuthToken",
			body:   `{"username":"alice","password":"wonderland","otp":null,"expires":1800000000000}`,
			answer: `{"access_token":"T0K3N","token_type":"bearer","token_signature":"abc","user_id":"user-alice","expires":5,"idleTimeout":900000,"new":1}`,
			want: dnanexus.NewAuthTokenResponse{
				AccessToken: secret.New("T0K3N").OnWire(), TokenType: "bearer", TokenSignature: "abc",
				UserID: "user-alice", Expires: 5, IdleTimeout: 900000,
			},
		},
		{
			name: "sign-in with a code",
			call: func(c *dnanexus.Client) (any, error) {
				answer, err := c.NewAuthToken(ctx, dnanexus.NewAuthTokenRequest{
					Username: "bob", Password: secret.New("builder").OnWire(), OTP: &code,
				})
				return answer.AccessToken.Text(), err
			},
			route:  "POST /auth/system/newAuthToken",
			body:   `{"username":"bob","password":"builder","otp":"123456"}`,
			answer: `{"access_token":"T0K3N","token_type":"bearer"}`,
			want:   secret.New("T0K3N"),
		},
		{
			name: "a scoped token",
			call: func(c *dnanexus.Client) (any, error) {
				answer, err := c.NewAuthToken(ctx, dnanexus.NewAuthTokenRequest{
					Label: "ci", Scope: &dnanexus.Scope{Projects: map[string]dnanexus.Level{"*": dnanexus.LevelUpload}},
				})
				return answer.TokenType, err
			},
			route:  "POST /auth/system/newAuthToken",
			body:   `{"otp":null,"label":"ci","scope":{"projects":{"*":"UPLOAD"}}}`,
			answer: `{"access_token":"T0K3N","token_type":"bearer"}`,
			want:   "bearer",
		},
		{
			name:   "end of a token; what the answer says is not looked at",
			call:   func(c *dnanexus.Client) (any, error) { return nil, c.DestroyAuthToken(ctx, "abc") },
			route:  "POST /auth/system/destroyAuthToken",
			body:   `{"tokenSignature":"abc"}`,
			answer: `"done"`,
		},
		{
			name:   "user info",
			call:   func(c *dnanexus.Client) (any, error) { return c.UserInfo(ctx) },
			route:  "POST /auth/system/getUserInfo",
			body:   `{}`,
			answer: `{"username":"alice"}`,
			want:   dnanexus.UserInfo{Username: "alice"},
		},
		{
			name: "who am I, from where",
			call: func(c *dnanexus.Client) (any, error) {
				return c.WhoAmI(ctx, dnanexus.WhoAmIRequest{Fields: map[string]bool{"clientIp": true}})
			},
			route:  "POST /system/whoami",
			body:   `{"fields":{"clientIp":true}}`,
			answer: `{"id":"user-alice","clientIp":"127.0.0.1"}`,
			want:   dnanexus.WhoAmI{ID: "user-alice", ClientIP: "127.0.0.1"},
		},
		{
			name: "greeting without messages",
			call: func(c *dnanexus.Client) (any, error) {
				return c.Greet(ctx, dnanexus.GreetRequest{Client: "dxauth", Version: "v1"})
			},
			route:  "POST /system/greet",
			body:   `{"client":"dxauth","version":"v1"}`,
			answer: `{}`,
			want:   dnanexus.Greeting{},
		},
		{
			name: "the menu of projects",
			call: func(c *dnanexus.Client) (any, error) {
				return c.FindProjects(ctx, dnanexus.FindProjectsRequest{
					Level: dnanexus.LevelContribute, Describe: &dnanexus.DescribeOption{Wanted: true},
					ExplicitPermission: new(true), Limit: new(10), Starting: json.RawMessage(`{"id":7}`),
				})
			},
			route:  "POST /system/findProjects",
			body:   `{"level":"CONTRIBUTE","describe":true,"explicitPermission":true,"limit":10,"starting":{"id":7}}`,
			answer: `{"results":[{"id":"project-1","level":"VIEW","permissionSources":["user-alice"],"public":false}],"next":{"id":8}}`,
			want: dnanexus.FindProjectsResponse{
				Results: []dnanexus.FoundProject{{ID: "project-1", Level: dnanexus.LevelView, PermissionSources: []string{"user-alice"}}},
				Next:    json.RawMessage(`{"id":8}`),
			},
		},
		{
			name:   "a user",
			call:   func(c *dnanexus.Client) (any, error) { return c.DescribeUser(ctx, "user-alice_b.c") },
			route:  "POST /user-alice_b.c/describe",
			body:   `{}`,
			answer: `{"id":"user-alice_b.c","handle":"Alice_b.c"}`,
			want:   dnanexus.UserDescription{ID: "user-alice_b.c", Handle: "Alice_b.c"},
		},
		{
			name: "a new project",
			call: func(c *dnanexus.Client) (any, error) {
				return c.NewProject(ctx, dnanexus.NewProjectRequest{Name: "Exome <1>"})
			},
			route:  "POST /project/new",
			body:   `{"name":"Exome <1>"}`,
			answer: `{"id":"project-1"}`,
			want:   dnanexus.IDResponse{ID: "project-1"},
		},
		{
			name: "a project",
			call: func(c *dnanexus.Client) (any, error) {
				return c.DescribeProject(ctx, "project-1", dnanexus.DescribeProjectRequest{Properties: true})
			},
			route:  "POST /project-1/describe",
			body:   `{"properties":true}`,
			answer: `{"id":"project-1","name":"Exome","allowedExecutables":null,"dataUsage":0.5}`,
			want:   dnanexus.ProjectDescription{ID: "project-1", Name: "Exome", DataUsage: 0.5},
		},
		{
			name:   "the end of a project",
			call:   func(c *dnanexus.Client) (any, error) { return nil, c.DestroyProject(ctx, "project-1") },
			route:  "POST /project-1/destroy",
			body:   `{}`,
			answer: `{"id":"project-1"}`,
		},
		{
			name: "a folder",
			call: func(c *dnanexus.Client) (any, error) {
				return c.ListFolder(ctx, "project-1", dnanexus.ListFolderRequest{
					Folder: "/", Only: "folders", Describe: &dnanexus.DescribeOption{},
				})
			},
			route:  "POST /project-1/listFolder",
			body:   `{"folder":"/","only":"folders","describe":false}`,
			answer: `{"folders":["/raw"],"objects":[]}`,
			want:   dnanexus.FolderListing{Folders: []string{"/raw"}, Objects: []json.RawMessage{}},
		},
		{
			name: "a new folder",
			call: func(c *dnanexus.Client) (any, error) {
				return nil, c.NewFolder(ctx, "project-1", dnanexus.NewFolderRequest{Folder: "/a/b", Parents: true})
			},
			route:  "POST /project-1/newFolder",
			body:   `{"folder":"/a/b","parents":true}`,
			answer: `{"id":"project-1"}`,
		},
		{
			name: "an invitation",
			call: func(c *dnanexus.Client) (any, error) {
				return c.Invite(ctx, "project-1", dnanexus.InviteRequest{Invitee: "PUBLIC", Level: dnanexus.LevelView})
			},
			route:  "POST /project-1/invite",
			body:   `{"invitee":"PUBLIC","level":"VIEW"}`,
			answer: `{"id":"invite-1","state":"accepted"}`,
			want:   dnanexus.InviteResponse{ID: "invite-1", State: "accepted"},
		},
		{
			name: "all rights taken away",
			call: func(c *dnanexus.Client) (any, error) {
				return nil, c.DecreasePermissions(ctx, "project-1", dnanexus.DecreasePermissionsRequest{"user-bob": nil})
			},
			route:  "POST /project-1/decreasePermissions",
			body:   `{"user-bob":null}`,
			answer: `{"id":"project-1"}`,
		},
		{
			name: "any call; numbers and order stay as they are",
			call: func(c *dnanexus.Client) (any, error) {
				return c.Call(ctx, "system", "findOrgs", json.RawMessage(`{"level": "MEMBER", "big": 12345678901234567890}`))
			},
			route:  "POST /system/findOrgs",
			body:   `{"level":"MEMBER","big":12345678901234567890}`,
			answer: `{"z": 1, "a": 12345678901234567890}`,
			want:   json.RawMessage(`{"z": 1, "a": 12345678901234567890}`),
		},
		{
			name:   "any call without a body",
			call:   func(c *dnanexus.Client) (any, error) { return c.Call(ctx, "org-genomics", "describe", nil) },
			route:  "POST /org-genomics/describe",
			body:   `{}`,
			answer: `[]`,
			want:   json.RawMessage(`[]`),
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := newPlatform(t, answering(http.StatusOK, test.answer))
			got, err := test.call(server.client())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, showingSecrets); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if len(server.requests) != 1 {
				t.Fatalf("%d requests were sent", len(server.requests))
			}
			request := server.requests[0]
			if request.route != test.route {
				t.Errorf("route %q, want %q", request.route, test.route)
			}
			if body := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(request.body); body != test.body {
				t.Errorf("body\n%s, want\n%s", body, test.body)
			}
		})
	}
}

// showingSecrets compares secrets by their value.
var showingSecrets = cmp.Options{
	cmp.Transformer("wire", func(w secret.Wire) string { return w.Text().Reveal() }),
	cmp.Transformer("text", func(s secret.Text) string { return s.Reveal() }),
}

func TestHeaders(t *testing.T) {
	signedBy := func(token, tokenType string) func(*dnanexus.Client) *dnanexus.Client {
		return func(c *dnanexus.Client) *dnanexus.Client { return c.WithToken(secret.New(token), tokenType) }
	}
	tests := []struct {
		name          string
		change        func(*dnanexus.Client) *dnanexus.Client
		authorization []string
	}{
		{"the type of a token defaults to Bearer", signedBy("T1", ""), []string{"Bearer T1"}},
		{"the type is sent as it stands", signedBy("T1", "bearer"), []string{"bearer T1"}},
		{"the token PUBLIC is sent, too", signedBy(dnanexus.Public, "Bearer"), []string{"Bearer PUBLIC"}},
		{"no token, no header", signedBy("", ""), nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := newPlatform(t, answering(http.StatusOK, `{"id":"user-alice"}`))
			original := server.client()
			if _, err := test.change(original).WhoAmI(t.Context(), dnanexus.WhoAmIRequest{}); err != nil {
				t.Fatal(err)
			}
			got := server.requests[0].header
			want := http.Header{
				"Authorization": test.authorization,
				"Content-Type":  {"application/json"},
				"Dnanexus-Api":  {"1.0.0"},
				"User-Agent":    {"dxauth/test"},
			}
			for name, values := range want {
				if diff := cmp.Diff(values, got[name]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
			if got.Get("Accept") != "" {
				t.Errorf("dx sends no Accept, this client sends %q", got.Get("Accept"))
			}

			if _, err := original.WhoAmI(t.Context(), dnanexus.WhoAmIRequest{}); err != nil {
				t.Fatal(err)
			}
			if got := server.requests[1].header.Get("Authorization"); got != "Bearer "+aliceToken {
				t.Errorf("WithToken changed the client that it was called on: %q", got)
			}
		})
	}
}

func TestNamesThatCouldChangeThePathAreRefused(t *testing.T) {
	names := []string{
		"", ".", "..", "...", "a/b", "../system", "a%2fb", "a b", "a?b", "a#b", "a\\b", "a\nb", "a\x00b", "a;b", "user-ä", "@host",
	}
	server := newPlatform(t, answering(http.StatusOK, `{}`))
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			if _, err := server.client().Call(t.Context(), name, "describe", nil); err == nil {
				t.Errorf("resource %q was sent", name)
			}
			if _, err := server.client().Call(t.Context(), "system", name, nil); err == nil {
				t.Errorf("method %q was sent", name)
			}
			if _, err := server.client().DescribeUser(t.Context(), name); err == nil {
				t.Errorf("user %q was sent", name)
			}
		})
	}
	if len(server.requests) != 0 {
		t.Errorf("the server got %v", server.requests)
	}
}

func TestABodyThatIsNotJSONIsNotSent(t *testing.T) {
	server := newPlatform(t, answering(http.StatusOK, `{}`))
	if _, err := server.client().Call(t.Context(), "system", "whoami", json.RawMessage(`{"a":`)); err == nil {
		t.Error("it was sent")
	}
}
