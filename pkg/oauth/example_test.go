package oauth_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/dxauth/dxauth/pkg/oauth"
	"github.com/dxauth/dxauth/pkg/secret"
)

// A CI job gets a token for its ID token. The server decides by the claims of the ID token
// whose token that is and what it reaches.
func ExampleServer_ExchangeIDToken() {
	platform := examplePlatform()
	defer platform.Close()

	server, err := oauth.Discover(context.Background(), oauth.Config{Server: platform.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	token, err := server.ExchangeIDToken(context.Background(), oauth.ExchangeRequest{
		IDToken: secret.New("e30.e30.c2lnbmF0dXJl"), Org: "genomics",
	})
	fmt.Println(token.User, token.AccessToken, err)
	// Output: user-genomics_ci [redacted] <nil>
}

// examplePlatform is a server that exchanges any ID token.
func examplePlatform() *httptest.Server {
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	mux.HandleFunc("GET "+oauth.RouteMetadata, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"issuer": %q, "token_endpoint": "%[1]s/oauth2/token", "grant_types_supported": [%q]}`, server.URL, oauth.GrantExchange)
	})
	mux.HandleFunc("POST /oauth2/token", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"access_token": "0123456789abcdefghijABCDEFGHIJ01", "token_type": "Bearer", "user": "user-genomics_ci"}`)
	})
	return server
}
