package platform

import (
	"net/http"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
	"github.com/dxauth/dxauth/pkg/webcall"
)

// Access says where a platform is, and as whom it is called.
type Access struct {
	APIServer  string // base URL
	AuthServer string // base URL; the same where sign-in is no server of its own
	UserAgent  string
	Version    string // of this program

	Token     secret.Text // zero: nobody's
	TokenType string      // as the sign-in gave it

	HTTP  *http.Client
	Trace func(webcall.Exchange) // nil: none
}

// Connect makes the platform of a type. Nothing is sent.
func Connect(_ Type, access Access) Platform {
	return NewDNAnexus(dnanexus.Config{
		APIServer: access.APIServer, AuthServer: access.AuthServer, UserAgent: access.UserAgent,
		Token: access.Token, TokenType: access.TokenType, HTTP: access.HTTP, Trace: access.Trace,
	}, access.Version)
}
