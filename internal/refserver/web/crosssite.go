package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
)

// Origin is the origin of a web page: scheme and host, with a port unless it is the
// default of the scheme.
type Origin string

// ParseOrigin reads an origin such as https://lab.example.org.
func ParseOrigin(text string) (Origin, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.ContainsAny(u.Host, " ,") ||
		!strings.EqualFold(u.Scheme+"://"+u.Host, text) {
		return "", fmt.Errorf("%q is not an origin like https://lab.example.org", text)
	}
	return Origin(u.Scheme + "://" + strings.ToLower(hostPort(u.Scheme, u.Host))), nil
}

// hostPort returns a host without the default port of a scheme.
func hostPort(scheme, host string) string {
	return strings.TrimSuffix(host, map[string]string{"http": ":80", "https": ":443"}[scheme])
}

// CrossSite refuses requests that another site makes a browser send.
type CrossSite struct {
	// Listed are the origins whose pages may call what is Open.
	Listed []Origin
	// Open reports whether a request is for something that the pages of listed
	// origins may call: nothing that a cookie opens.
	Open func(*http.Request) bool
	// Page reports whether a request is for a page that users may reach by a link or a
	// redirect of another site. Showing such a page changes nothing.
	Page func(*http.Request) bool
}

// Guard refuses a request of another site with status 403, with any method and
// before anything of it is read or counted. Requests without the headers of a
// browser pass, and users who follow a link to a page. It handles the preflights of
// listed origins.
func (c CrossSite) Guard(next http.Handler) http.Handler {
	vary := []string{"Origin"} // shared: Set and Add copy it
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Vary"] = vary
		switch {
		case isOwn(r), isNavigation(r) && c.Page(r):
			next.ServeHTTP(w, r)
		case !c.lists(r) || !c.Open(r):
			w.Header().Set("Connection", "close") // the body is not read
			http.Error(w, "the request comes from another site; see serve --cors-origin", http.StatusForbidden)
		default:
			allowOrigin(w.Header(), r)
			if isPreflight(r) {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			next.ServeHTTP(w, r)
		}
	})
}

// isOwn reports whether a request comes from a page of this server, from the
// user's own action, or from a program.
func isOwn(r *http.Request) bool {
	sites, origins := r.Header.Values("Sec-Fetch-Site"), r.Header.Values("Origin")
	for _, site := range sites {
		if site != "same-origin" && site != "none" {
			return false
		}
	}
	for _, origin := range origins {
		// Our pages send no referrer, so browsers send the origin null with their forms.
		hidden := origin == "null" && len(sites) > 0
		if !hidden && !isOwnOrigin(origin, r) {
			return false
		}
	}
	return true
}

// isNavigation reports whether a user follows a link or a redirect of another site in
// a window of the browser. The other site sees nothing of the response, and cannot
// show it in a frame. Browsers send no origin then.
func isNavigation(r *http.Request) bool {
	return r.Method == http.MethodGet && r.Header.Values("Origin") == nil &&
		slices.Equal(r.Header.Values("Sec-Fetch-Mode"), []string{"navigate"}) &&
		slices.Equal(r.Header.Values("Sec-Fetch-Dest"), []string{"document"})
}

// isOwnOrigin reports whether an origin has the host of the request. One with https
// may have the request without TLS: a proxy in front may have ended it.
func isOwnOrigin(text string, r *http.Request) bool {
	origin, err := ParseOrigin(text)
	if err != nil {
		return false
	}
	scheme, host, _ := strings.Cut(string(origin), "://")
	isDowngrade := scheme == "http" && httpkit.InfoOf(r.Context()).Secure
	return host == strings.ToLower(hostPort(scheme, r.Host)) && !isDowngrade
}

// lists reports whether a request comes from a listed origin.
func (c CrossSite) lists(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	if len(origins) != 1 {
		return false
	}
	origin, err := ParseOrigin(origins[0])
	return err == nil && slices.Contains(c.Listed, origin)
}

// allowOrigin lets the page that sent a request read the response. It never allows
// the browser's own credentials.
func allowOrigin(header http.Header, r *http.Request) {
	header.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
	header.Set("Access-Control-Expose-Headers", "X-Request-ID, Retry-After")
	if isPreflight(r) {
		header.Set("Access-Control-Allow-Methods", http.MethodPost)
		header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, DNAnexus-API")
	}
}

// isPreflight reports whether a browser asks what a page may send.
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
}

// IntendedMethod returns the method of a request or, for a preflight, that of the
// request that would follow.
func IntendedMethod(r *http.Request) string {
	if !isPreflight(r) {
		return r.Method
	}
	return cmp.Or(r.Header.Get("Access-Control-Request-Method"), r.Method)
}
