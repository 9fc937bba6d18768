package refserver

import (
	"encoding/json"
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/molgenis"
)

// Types of platforms that a server can be to those who ask; it speaks all
// protocols in any case.
const (
	TypeDNAnexus = "dnanexus"
	TypeMOLGENIS = "molgenis" // the classic generation
	TypeEMX2     = "emx2"
)

// Types lists them.
func Types() []string { return []string{TypeDNAnexus, TypeMOLGENIS, TypeEMX2} }

// Discovery is what a client finds at /.well-known/dxauth.
type Discovery struct {
	Type         string   `json:"type"`         // one of Types
	Versions     []string `json:"versions"`     // of the protocol
	Capabilities []string `json:"capabilities"` // what is there beyond the platform's own
}

// discover tells clients which platform this is and what it offers beyond the
// platform's own.
func discover(c Config) http.Handler {
	found := Discovery{
		Type: c.Type, Versions: []string{"1.0.0"},
		Capabilities: []string{"idle-timeout", "sessions", "tokens", "two-factor", "accounts"},
	}
	switch c.Type {
	case TypeMOLGENIS:
		found = Discovery{Type: c.Type, Versions: []string{molgenis.ClassicVersion}, Capabilities: []string{"idle-timeout", "own-tokens"}}
	case TypeEMX2:
		found = Discovery{Type: c.Type, Versions: []string{molgenis.EMX2Version}, Capabilities: []string{"idle-timeout"}}
	}
	body, err := json.Marshal(found)
	if err != nil { // nothing but strings
		panic(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { httpkit.WriteJSON(w, http.StatusOK, body) })
}
