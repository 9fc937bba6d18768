// Package httpkit is the one way in which every protocol of the reference server
// bounds a request, reads it, answers it and logs it.
//
// It promises that no body is read beyond its limit, that what is wrong with a
// JSON body is told by field, that a panic is an answer without its stack, that
// each request has an ID which its answer and its log line share, and that the
// address of a client can't be made up by a header unless the proxy that sends
// it was named. A log line holds method, path, status and time, and nothing
// that came in a header, a query or a body.
//
// What a refusal looks like on the wire is up to each protocol.
package httpkit

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Info is what is known of a request before a protocol sees it.
type Info struct {
	RequestID string // 13 digits of ms since 1970, a dash, 1 to 6 digits
	Address   netip.Addr
	UserAgent string // what the client says of itself: UTF-8, at most 200 bytes
	Secure    bool   // it came by TLS, to this server or to a known proxy
}

type infoKey struct{}

// InfoOf returns the Info that Identify put into the context.
func InfoOf(ctx context.Context) Info {
	info, _ := ctx.Value(infoKey{}).(Info)
	return info
}

// Identify gives each request its Info, and its answer the header X-Request-ID.
// Proxies are the networks whose X-Forwarded-For is believed.
func Identify(next http.Handler, now func() time.Time, proxies []netip.Prefix) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		info := Info{
			RequestID: fmt.Sprintf("%013d-%d", now().UnixMilli(), rand.IntN(1_000_000)),
			Address:   clientAddress(r, proxies),
			UserAgent: userAgent(r),
			Secure:    isSecure(r, proxies),
		}
		w.Header().Set("X-Request-ID", info.RequestID)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), infoKey{}, info)))
	})
}

// userAgent bounds what a client says of itself before it is stored.
func userAgent(r *http.Request) string {
	said := r.UserAgent()
	return strings.ToValidUTF8(said[:min(len(said), 200)], "")
}

// clientAddress is that of the connection, or behind known proxies the
// rightmost address that is not one of them.
func clientAddress(r *http.Request, proxies []netip.Prefix) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	address := peer.Addr().Unmap().WithZone("")
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

// isSecure believes a header only of a known proxy.
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

// AllowHost lets only requests through whose Host names this server: an IP
// address, localhost, or one of names. It stops a web page that had its own
// name resolved to this address.
func AllowHost(next http.Handler, names []string) http.Handler {
	allowed := map[string]bool{"localhost": true}
	for _, name := range names {
		allowed[hostname(name)] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host := hostname(r.Host); !allowed[host] && net.ParseIP(host) == nil {
			http.Error(w, "this server does not answer to that name", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostname cuts the port and the brackets of an IPv6 address.
func hostname(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// BusySeconds is how long a client is asked to wait for a server that has too
// much to do.
const BusySeconds = 2

// SetRetryAfter sets the header by which an answer asks for some seconds of patience;
// 0 asks for none.
func SetRetryAfter(w http.ResponseWriter, seconds int64) {
	if seconds > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
	}
}

// WriteJSON answers with a body that was encoded before, in one write, so that
// Content-Length is right and nothing is half sent.
func WriteJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client is gone; there is nobody to tell
}

// drain reads what is left of a refused body, within reason, so that the
// connection can be used again.
func drain(body io.Reader) { _, _ = io.CopyN(io.Discard, body, 64<<10) }
