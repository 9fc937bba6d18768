package molgenis_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/dxauth/dxauth/internal/testexample"
	"github.com/dxauth/dxauth/pkg/dxtest"
	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// lab starts the platform of the examples; in a test it is dxtest.New(t, …).
func lab() (srv *dxtest.Server, stop func()) {
	t := testexample.New()
	return dxtest.New(t, dxtest.User("alice", "wonderland-2026")), t.End
}

// Sign in to a platform of the classic generation by its REST API, and out again.
func ExampleClient_Login() {
	srv, stop := lab()
	defer stop()
	ctx := context.Background()
	client := molgenis.New(molgenis.Config{Server: srv.URL, UserAgent: "example/1.0"})

	session, err := client.Login(ctx, molgenis.LoginRequest{
		Username: "alice",
		Password: secret.New("wonderland-2026").OnWire(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	alice := client.WithCredential(session.Token.Text(), molgenis.CredentialToken)

	who, err := alice.Context(ctx)
	fmt.Println(who.Username, who.Authenticated, err)
	fmt.Println("signed out:", alice.Logout(ctx) == nil)
	_, err = alice.Tokens(ctx, 0)
	fmt.Println("is it over?", errors.Is(err, molgenis.ErrSignedOut))
	// Output:
	// alice true <nil>
	// signed out: true
	// is it over? true
}

// Sign in to EMX2 by GraphQL, and make a token that lasts.
func ExampleClient_SignIn() {
	srv, stop := lab()
	defer stop()
	ctx := context.Background()
	client := molgenis.New(molgenis.Config{Server: srv.URL})

	_, err := client.SignIn(ctx, "alice", secret.New("a wrong one"))
	fmt.Println("wrong password:", errors.Is(err, molgenis.ErrWrongPassword))

	token, err := client.SignIn(ctx, "alice", secret.New("wonderland-2026"))
	if err != nil {
		fmt.Println(err)
		return
	}
	lasting, err := client.WithCredential(token, molgenis.CredentialToken).CreateToken(ctx, "alice", "nightly")
	if err != nil {
		fmt.Println(err)
		return
	}
	session, err := client.WithCredential(lasting, molgenis.CredentialToken).Session(ctx)
	fmt.Println(session.Email, "with the token", lasting, err)
	// Output:
	// wrong password: true
	// alice with the token [redacted] <nil>
}
