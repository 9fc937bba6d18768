package oauth

import (
	"encoding/json"
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/grant"
	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	wire "github.com/dxauth/dxauth/pkg/oauth"
)

// metadata describes the server (RFC 8414, section 2).
func (h *Handler) metadata(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, http.MethodGet, http.MethodHead) {
		return
	}
	server := h.address.For(r)
	grants := []string{wire.GrantCode, wire.GrantDevice}
	if h.exchange != nil {
		grants = append(grants, wire.GrantExchange)
	}
	body, err := json.Marshal(wire.Metadata{
		Issuer:                      server,
		AuthorizationEndpoint:       server + PathAuthorize,
		TokenEndpoint:               server + PathToken,
		DeviceAuthorizationEndpoint: server + PathDeviceAuthorization,
		RevocationEndpoint:          server + PathRevoke,

		ResponseTypesSupported:                 []string{responseTypeCode},
		GrantTypesSupported:                    grants,
		CodeChallengeMethodsSupported:          []string{grant.ChallengeMethod},
		TokenEndpointAuthMethodsSupported:      []string{methodNone},
		RevocationEndpointAuthMethodsSupported: []string{methodNone},
		IssInResponses:                         true,
	})
	if err != nil { // cannot happen: only strings
		panic(err)
	}
	httpkit.WriteJSON(w, http.StatusOK, body)
}

// Metadata returns the handler of the metadata, for the path at the root of the host where
// RFC 8414, section 3.1, puts them for a server below a path.
func (h *Handler) Metadata() http.Handler { return http.HandlerFunc(h.metadata) }

// methodNone is how a client without a secret authenticates (RFC 7591, section 2).
const methodNone = "none"
