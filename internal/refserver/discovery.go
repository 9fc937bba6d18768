package refserver

import (
	"encoding/json"
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/dnanexus"
	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/molgenis"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// Types of platform that the discovery document can report. The server speaks all
// protocols with any of them.
const (
	TypeDNAnexus = "dnanexus"
	TypeMOLGENIS = "molgenis" // the classic generation
	TypeEMX2     = "emx2"
)

// Types returns all types.
func Types() []string { return []string{TypeDNAnexus, TypeMOLGENIS, TypeEMX2} }

// Protocols returns the names of all protocols.
func Protocols() []string { return []string{string(dnanexus.Protocol), string(molgenis.Protocol)} }

// ProtocolOf returns the name of the protocol of a type.
func ProtocolOf(platform string) string {
	if platform == TypeDNAnexus {
		return string(dnanexus.Protocol)
	}
	return string(molgenis.Protocol)
}

// accountProtocols returns the protocols over which users can change their accounts.
// The pages are always among them.
func (c Config) accountProtocols() []access.Protocol {
	names := c.Protocols
	if len(names) == 0 {
		names = []string{ProtocolOf(c.Type)}
	}
	protocols := []access.Protocol{browser.Protocol}
	for _, name := range names {
		protocols = append(protocols, access.Protocol(name))
	}
	return protocols
}

// discover serves the discovery document: the type of the platform, its versions and
// the capabilities that it has in addition to the platform's own.
func discover(c Config) http.Handler {
	found := wire.Discovery{
		Type: c.Type, Versions: []string{"1.0.0"},
		Capabilities: []string{"idle-timeout", "sessions", "tokens", "two-factor", "accounts", "browser-login"},
	}
	switch c.Type {
	case TypeMOLGENIS:
		found = wire.Discovery{Type: c.Type, Versions: []string{molgenis.ClassicVersion}, Capabilities: []string{"idle-timeout", "own-tokens", "browser-login"}}
	case TypeEMX2:
		found = wire.Discovery{Type: c.Type, Versions: []string{molgenis.EMX2Version}, Capabilities: []string{"idle-timeout", "browser-login"}}
	}
	if len(c.SSO.Providers) > 0 {
		found.Capabilities = append(found.Capabilities, "sso")
	}
	body, err := json.Marshal(found)
	if err != nil { // cannot happen: only strings
		panic(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { httpkit.WriteJSON(w, http.StatusOK, body) })
}
