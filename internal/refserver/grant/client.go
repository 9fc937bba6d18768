package grant

import (
	"net/netip"
	"strings"

	"github.com/dxauth/dxauth/internal/refusal"
)

// CommandLine is the client ID of the dxauth command. It is a public client: it has no
// secret, and anybody can claim to be it (RFC 8252, section 8.4).
const CommandLine = "dxauth-cli"

// IsClient reports whether a client has this ID.
func IsClient(id string) bool { return id == CommandLine }

// ErrRedirect is returned for an address to which no code is sent.
var ErrRedirect = &refusal.Error{Code: refusal.Invalid, Message: "the redirect address must be http://127.0.0.1:PORT/callback or http://[::1]:PORT/callback"}

// Redirect is the address at which a program on the user's machine waits for its code.
type Redirect struct{ address netip.AddrPort }

// redirectPath is the only path of a redirect address.
const redirectPath = "/callback"

// ParseRedirect reads the address of a program on the user's machine: a literal loopback
// address, any port, and the one path (RFC 8252, section 7.3). The name localhost is
// refused: what it resolves to is not sure to be this machine (section 8.3). Only the
// written form of the address that [Redirect.String] has is accepted, so that no two
// programs can read it differently.
func ParseRedirect(text string) (Redirect, error) {
	authority, hasScheme := strings.CutPrefix(text, "http://")
	hostPort, hasPath := strings.CutSuffix(authority, redirectPath)
	if !hasScheme || !hasPath {
		return Redirect{}, ErrRedirect
	}
	address, err := netip.ParseAddrPort(hostPort)
	redirect := Redirect{address}
	if err != nil || address.Port() == 0 || !isLoopback(address.Addr()) || redirect.String() != text {
		return Redirect{}, ErrRedirect
	}
	return redirect, nil
}

func isLoopback(address netip.Addr) bool {
	return address == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || address == netip.IPv6Loopback()
}

// String returns the address.
func (r Redirect) String() string { return r.Origin() + redirectPath }

// Origin returns the address without its path.
func (r Redirect) Origin() string { return "http://" + r.address.String() }

// IsIPv6 reports whether the program waits at the loopback address of IPv6.
func (r Redirect) IsIPv6() bool { return r.address.Addr().Is6() }
