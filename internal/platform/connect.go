package platform

import (
	"io"
	"net/http"
	"time"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Access says where a platform is, and as whom it is called.
type Access struct {
	APIServer  string // base URL
	AuthServer string // base URL; the same where sign-in is no server of its own
	UserAgent  string
	Version    string // of this program

	Token     secret.Text // zero: nobody's
	TokenType string      // as the sign-in gave it

	HTTP   *http.Client
	Trace  func(httpcall.Exchange) // nil: none
	Now    func() time.Time
	Random io.Reader // for values of tokens where the client draws them
}

// Connect makes the platform of a type. Nothing is sent.
func Connect(kind Type, access Access) Platform {
	switch kind {
	case TypeMOLGENIS:
		return newClassic(access)
	case TypeEMX2:
		return newEMX2(access)
	}
	return NewDNAnexus(dnanexus.Config{
		APIServer: access.APIServer, AuthServer: access.AuthServer, UserAgent: access.UserAgent,
		Token: access.Token, TokenType: access.TokenType, HTTP: access.HTTP, Trace: access.Trace,
	}, access.Version)
}
