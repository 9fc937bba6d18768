package dnanexus_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dxauth/dxauth/internal/testexample"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/dxtest"
	"github.com/dxauth/dxauth/pkg/secret"
)

// lab starts the platform of the examples; in a test it is dxtest.New(t, …).
func lab() (srv *dxtest.Server, stop func()) {
	t := testexample.New()
	return dxtest.New(t,
		dxtest.User("alice", "wonderland-2026"),
		dxtest.UserWithTOTP("bob", "builder-2026", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"),
		dxtest.Project("Exome 2026", "alice", dxtest.Allow("bob", dnanexus.LevelView)),
		dxtest.Project("Reference Genomes", "bob", dxtest.Allow(dnanexus.Public, dnanexus.LevelView)),
	), t.End
}

// Sign in, work with the session, and end it.
func Example() {
	srv, stop := lab()
	defer stop()
	ctx := context.Background()
	client := dnanexus.New(dnanexus.Config{APIServer: srv.URL, AuthServer: srv.URL, UserAgent: "example/1.0"})

	session, err := client.NewAuthToken(ctx, dnanexus.NewAuthTokenRequest{
		Username: "alice",
		Password: secret.New("wonderland-2026").OnWire(),
		Expires:  srv.Now().Add(12 * time.Hour).UnixMilli(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	token := session.AccessToken.Text()
	alice := client.WithToken(token, session.TokenType)

	projects, err := alice.FindProjects(ctx, dnanexus.FindProjectsRequest{
		Level:    dnanexus.LevelAdminister,
		Describe: &dnanexus.DescribeOption{Wanted: true},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("signed in as", session.UserID, "with the token", token)
	fmt.Println("projects:", len(projects.Results))

	err = alice.DestroyAuthToken(ctx, dnanexus.Signature(token))
	fmt.Println("signed out:", err == nil)
	// Output:
	// signed in as user-alice with the token [redacted]
	// projects: 1
	// signed out: true
}

// A refusal has a type, by which a program decides what to do.
func ExampleIsType() {
	srv, stop := lab()
	defer stop()
	ctx := context.Background()
	client := dnanexus.New(dnanexus.Config{APIServer: srv.URL, AuthServer: srv.URL})
	request := dnanexus.NewAuthTokenRequest{Username: "bob", Password: secret.New("builder-2026").OnWire()}

	_, err := client.NewAuthToken(ctx, request)
	if dnanexus.IsType(err, dnanexus.TypeOTPRequired) {
		fmt.Println("bob needs a verification code")
		code := secret.New(srv.Code("bob")).OnWire()
		request.OTP = &code
		_, err = client.NewAuthToken(ctx, request)
	}
	fmt.Println("signed in:", err == nil)
	// Output:
	// bob needs a verification code
	// signed in: true
}

// A session makes an API token that reaches one project for at most a day.
func ExampleClient_NewAuthToken() {
	srv, stop := lab()
	defer stop()
	ctx := context.Background()
	alice := srv.Client(srv.SignIn("alice", "wonderland-2026"))
	exome := srv.ProjectID("Exome 2026")

	made, err := alice.NewAuthToken(ctx, dnanexus.NewAuthTokenRequest{
		Label:   "nightly",
		Scope:   &dnanexus.Scope{Projects: map[string]dnanexus.Level{exome: dnanexus.LevelView}},
		Expires: srv.Now().Add(24 * time.Hour).UnixMilli(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	project, err := srv.Client(made.AccessToken.Text()).DescribeProject(ctx, exome, dnanexus.DescribeProjectRequest{})
	fmt.Println(project.Name, project.Level, err)
	// Output: Exome 2026 VIEW <nil>
}

// Call reaches the routes that have no method of their own.
func ExampleClient_Call() {
	srv, stop := lab()
	defer stop()
	alice := srv.Client(srv.SignIn("alice", "wonderland-2026"))

	answer, err := alice.Call(context.Background(), "system", "whoami", nil)
	fmt.Println(string(answer), err)
	// Output: {"id":"user-alice"} <nil>
}

// The details of an error are JSON; those that dxauth's server sends have types.
func ExampleError() {
	srv, stop := lab()
	defer stop()
	ctx := context.Background()
	client := srv.Client(srv.SignIn("alice", "wonderland-2026"))
	srv.Advance(15 * time.Minute)

	_, err := client.WhoAmI(ctx, dnanexus.WhoAmIRequest{})
	var refusal *dnanexus.Error
	if errors.As(err, &refusal) {
		fmt.Println(refusal.Type, refusal.Status, string(refusal.Details))
	}
	// Output: InvalidAuthentication 401 {"reason":"idle"}
}

// ParseTime reads the times of dx's options.
func ExampleParseTime() {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	for _, text := range []string{"2h", "-1d", "2026-12-24"} {
		at, err := dnanexus.ParseTime(text, now)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(at.Format(time.RFC3339))
	}
	// Output:
	// 2026-11-29T14:00:00Z
	// 2026-11-28T12:00:00Z
	// 2026-12-24T00:00:00Z
}
