// Package httpkit reads requests, writes responses and logs them, for every protocol
// of the reference server.
//
// It promises that no body is read beyond its limit; that an error about a JSON body
// names the field; that a panic becomes a response without the stack; that the
// response and the log line of a request share an ID; and that no header can forge
// the address of a client, unless a trusted proxy sent it. A log line has method, the
// pattern of the route, status, duration, client address and ID, and nothing that a
// client wrote into a path, a query, another header or a body.
//
// The form of an error on the wire is up to each protocol.
package httpkit

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
)

// Info describes a request before a protocol handles it.
type Info struct {
	RequestID string // 13 digits of ms since 1970, a dash, 1 to 6 digits
	Address   netip.Addr
	UserAgent string // from its header: UTF-8, at most 200 bytes
	Secure    bool   // sent over TLS, to this server or to a trusted proxy

	route string // its pattern, for the log; empty: NoRoute
}

type infoKey struct{}

// InfoOf returns the Info that Identify put into the context.
func InfoOf(ctx context.Context) Info {
	if info, found := ctx.Value(infoKey{}).(*Info); found {
		return *info
	}
	return Info{}
}

// Identify adds an Info to each request and the header X-Request-ID to its response.
// It trusts X-Forwarded-For only from proxies.
func Identify(next http.Handler, now func() time.Time, proxies []netip.Prefix) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		info := &Info{
			RequestID: newRequestID(now()),
			Address:   clientAddress(r, proxies),
			UserAgent: userAgent(r),
			Secure:    isSecure(r, proxies),
		}
		w.Header().Set("X-Request-Id", info.RequestID)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), infoKey{}, info)))
	})
}

// newRequestID returns the time in 13 digits, a dash and a random number.
func newRequestID(now time.Time) string {
	millis := strconv.FormatInt(now.UnixMilli(), 10)
	return strings.Repeat("0", max(0, 13-len(millis))) + millis + "-" + strconv.Itoa(rand.IntN(1_000_000)) // #nosec G404 -- tells requests apart, is not a secret
}

// userAgent returns the User-Agent header, shortened because it is stored.
func userAgent(r *http.Request) string {
	agent := r.UserAgent()
	return strings.ToValidUTF8(agent[:min(len(agent), 200)], "")
}

// clientAddress returns the address of the connection or, behind trusted proxies,
// the rightmost forwarded address that is not one of them.
func clientAddress(r *http.Request, proxies []netip.Prefix) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	address := peer.Addr().Unmap().WithZone("")
	if !contains(proxies, address) {
		return address
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && contains(proxies, address); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		address = hop.Unmap().WithZone("")
	}
	return address
}

// isSecure reports whether the request came over TLS. It trusts the header only from
// a trusted proxy.
func isSecure(r *http.Request, proxies []netip.Prefix) bool {
	if r.TLS != nil {
		return true
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && contains(proxies, peer.Addr().Unmap().WithZone("")) && r.Header.Get("X-Forwarded-Proto") == "https"
}

func contains(prefixes []netip.Prefix, address netip.Addr) bool {
	for _, prefix := range prefixes {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

// AllowHost accepts only requests whose Host is an IP address, localhost, or one of
// names. It stops DNS rebinding: a web page whose own name resolves to this address.
func AllowHost(next http.Handler, names []string) http.Handler {
	allowed := map[string]bool{"localhost": true}
	for _, name := range names {
		allowed[hostname(name)] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host := hostname(r.Host); !allowed[host] && net.ParseIP(host) == nil {
			http.Error(w, "this server does not have that host name", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// IsLocalhost reports whether a Host header names localhost.
func IsLocalhost(hostport string) bool { return hostname(hostport) == "localhost" }

// hostname returns the name or the address in a Host header, without port and brackets,
// or "" for a text that is not one (RFC 9110, section 7.2): the whole of it becomes part
// of addresses that the server gives out.
func hostname(text string) string {
	host := text
	if colon := strings.LastIndexByte(text, ':'); colon > strings.LastIndexByte(text, ']') {
		if strings.Trim(text[colon+1:], "0123456789") != "" {
			return ""
		}
		host = text[:colon]
	}
	if inner, isBracketed := strings.CutPrefix(host, "["); isBracketed {
		inner, isClosed := strings.CutSuffix(inner, "]")
		if address, err := netip.ParseAddr(inner); err != nil || !address.Is6() || !isClosed {
			return ""
		}
		return inner
	}
	if strings.ContainsAny(host, ":[]") {
		return ""
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// MaxBody and MaxAnonymousBody are the maximum sizes of a body, in bytes, of requests
// with a credential and without one, such as sign-ins.
const (
	MaxBody          = 64 << 10
	MaxAnonymousBody = 8 << 10
)

// BodyLimit returns the limit of the body of a request. It does not check the
// credential.
func BodyLimit(hasCredential bool) int64 {
	if hasCredential {
		return MaxBody
	}
	return MaxAnonymousBody
}

// BusySeconds is how long a client should wait for a busy server.
const BusySeconds = 2

// RetrySeconds returns how long a client should wait before it repeats what was refused with
// an error; 0 means that it should not repeat it by itself: the cause lasts, or the change
// may have been made.
func RetrySeconds(err error) int64 {
	if wait, ok := refusal.DetailsOf[refusal.Wait](err); ok {
		return wait.Seconds()
	}
	if refusal.CodeOf(err) != refusal.Unavailable {
		return 0
	}
	switch refusal.ReasonOf(err) {
	case refusal.OutboxFull, refusal.SignUpsFull, refusal.UnknownOutcome:
		return 0
	default:
		return BusySeconds
	}
}

// SetRetryAfter sets the header Retry-After, unless seconds is 0.
func SetRetryAfter(w http.ResponseWriter, seconds int64) {
	if seconds > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
	}
}

// WriteJSON sends an encoded body in one write, so that Content-Length is right and
// no partial response is sent.
func WriteJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header()["Content-Type"] = jsonType
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // an error means that the client is gone
}

// jsonType is shared by all responses: Set and Add copy it.
var jsonType = []string{"application/json; charset=utf-8"}

// drain reads the rest of a refused body, up to a limit, so that the connection can
// be used again.
func drain(body io.Reader) { _, _ = io.CopyN(io.Discard, body, 64<<10) }
