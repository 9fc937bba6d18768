package dxda

import (
	"net/url"
	"slices"
	"strconv"
	"testing"

	"github.com/dnanexus/dxda"
	"github.com/dxauth/dxauth/internal/testprogram"
)

// The fields of the responses that clients read.
type (
	person  struct{ ID string }
	project struct {
		ID, Name, Level, Region string
		Created, Modified       int64
		Version                 *int64 // 0 for a new project, so a pointer shows whether it is present
	}
	found struct {
		Results []struct {
			ID, Level string
			Describe  project
		}
		Next *string
	}
	folder struct{ Folders []string }
)

const (
	exome    = "project-000000000000000000000001"
	patients = "project-000000000000000000000002"
)

// serve runs "dxauth serve" with a fixture until the test ends, and returns the
// environment of the client, without a token.
func serve(t *testing.T, fixture string) dxda.DXEnvironment {
	t.Helper()
	return environmentOf(t, testprogram.Serve(t, program, "--fixture", fixture, "--log", "none"))
}

func environmentOf(t *testing.T, address string) dxda.DXEnvironment {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	return dxda.DXEnvironment{ApiServerProtocol: u.Scheme, ApiServerHost: u.Hostname(), ApiServerPort: port}
}

// bearing returns the environment with a token.
func bearing(env dxda.DXEnvironment, token string) dxda.DXEnvironment {
	env.Token = token
	return env
}

func TestCalls(t *testing.T) {
	env := serve(t, "testdata/lab.yaml")
	alice, bob := bearing(env, "aliceToken"), bearing(env, "bobToken")

	t.Run("whoami", func(t *testing.T) {
		for _, who := range []struct {
			env  dxda.DXEnvironment
			want string
		}{{alice, "user-alice"}, {bob, "user-bob"}} {
			if got := mustCall[person](t, who.env, "system/whoami", "{}").ID; got != who.want {
				t.Errorf("got %s, want %s", got, who.want)
			}
		}
	})
	t.Run("find projects", func(t *testing.T) {
		for _, who := range []struct {
			env  dxda.DXEnvironment
			want []string
		}{
			{alice, []string{exome + " Exome ADMINISTER", patients + " Patients ADMINISTER"}},
			{bob, []string{exome + " Exome VIEW"}},
			{bearing(env, "narrowToken"), []string{exome + " Exome VIEW"}},
		} {
			page := mustCall[found](t, who.env, "system/findProjects", `{"level": "VIEW", "describe": true}`)
			var got []string
			for _, hit := range page.Results {
				got = append(got, hit.ID+" "+hit.Describe.Name+" "+hit.Level)
			}
			slices.Sort(got)
			if !slices.Equal(got, who.want) || page.Next != nil {
				t.Errorf("got %q, want %q", got, who.want)
			}
		}
	})
	t.Run("describe a project", func(t *testing.T) {
		// What dxfuse asks for before it mounts a project.
		got := mustCall[project](t, bob, exome+"/describe", `{"fields": {"id": true, "name": true, "region": true,
			"version": true, "dataUsage": true, "created": true, "modified": true, "level": true}}`)
		if got.ID != exome || got.Name != "Exome" || got.Level != "VIEW" || got.Region == "" || got.Version == nil || got.Created == 0 || got.Modified == 0 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("list a folder", func(t *testing.T) {
		got := mustCall[folder](t, bob, exome+"/listFolder", `{"folder": "/", "only": "all", "includeHidden": false}`)
		if !slices.Equal(got.Folders, []string{"/raw"}) {
			t.Errorf("got %q", got.Folders)
		}
	})
}

// The client turns an error into its own type and does not take it for a temporary
// failure, which it would retry for minutes.
func TestRefusals(t *testing.T) {
	env := serve(t, "testdata/lab.yaml")
	for name, c := range map[string]struct {
		token, route, payload string
		want                  dxda.DxError
	}{
		"an unknown token": {"hunter2", "system/whoami", "{}",
			dxda.DxError{EType: "InvalidAuthentication", HttpCode: 401, Message: "The token could not be found"}},
		"the token PUBLIC": {"PUBLIC", "system/whoami", "{}",
			dxda.DxError{EType: "InvalidAuthentication", HttpCode: 401}},
		"an expired token": {"expiredToken", "system/whoami", "{}",
			dxda.DxError{EType: "InvalidAuthentication", HttpCode: 401}},
		"no permission": {"bobToken", patients + "/describe", "{}",
			dxda.DxError{EType: "PermissionDenied", HttpCode: 401}},
		"no permission by the token's scope": {"narrowToken", patients + "/describe", "{}",
			dxda.DxError{EType: "PermissionDenied", HttpCode: 401}},
		"an unknown project": {"bobToken", "project-00000000000000000000000Z/describe", "{}",
			dxda.DxError{EType: "ResourceNotFound", HttpCode: 404}},
		"an unknown route": {"bobToken", "system/fly", "{}",
			dxda.DxError{EType: "ResourceNotFound", HttpCode: 404}},
		"a payload that is not JSON": {"bobToken", "system/whoami", "{",
			dxda.DxError{EType: "MalformedJSON", HttpCode: 400}},
		"an unknown level": {"bobToken", "system/findProjects", `{"level": "OWN"}`,
			dxda.DxError{EType: "InvalidInput", HttpCode: 422}},
	} {
		t.Run(name, func(t *testing.T) {
			got := refusal(t, bearing(env, c.token), c.route, c.payload)
			if got.EType != c.want.EType || got.HttpCode != c.want.HttpCode || got.Message == "" {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if c.want.Message != "" && got.Message != c.want.Message {
				t.Errorf("got the message %q, want %q", got.Message, c.want.Message)
			}
		})
	}
}
