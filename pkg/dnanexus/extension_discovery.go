package dnanexus

// This file is dxauth's own: a server of dxauth says here what it is. The platform
// has no such route.

// RouteDiscovery is where a server of dxauth says what it is, whichever protocol it
// is asked for. It takes GET and needs no token.
const RouteDiscovery = "/.well-known/dxauth"

// Discovery says what a server is and offers. Response of /.well-known/dxauth.
type Discovery struct {
	Type         string   `json:"type"`         // "dnanexus", "molgenis" or "emx2"
	Versions     []string `json:"versions"`     // of that type's protocol
	Capabilities []string `json:"capabilities"` // beyond the platform's own: "idle-timeout", "sessions", "tokens", …
}
