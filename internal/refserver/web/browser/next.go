package browser

import (
	"net/url"
	"path"
	"slices"
	"strings"
)

// maxNext limits the length of a path to come back to, in bytes.
const maxNext = 4 << 10

// SafeNext returns where a browser continues after a sign-in: a path of this server's
// pages, with its query, or PathHome. Other sites may choose text, so it is never an
// address of another host, in no reading that browsers have, and no route outside of
// the pages, some of which change something on GET.
func SafeNext(text string) string {
	address, err := url.Parse(text)
	if err != nil || len(text) > maxNext || !isPlain(text) || address.Scheme != "" || address.Opaque != "" || address.Host != "" || address.User != nil {
		return PathHome
	}
	if !isPage(address.Path) || !isPlain(address.Path) {
		return PathHome
	}
	next := address.EscapedPath()
	if address.RawQuery != "" {
		next += "?" + address.RawQuery
	}
	return next
}

// isPlain reports whether a text has only printable ASCII, without the backslash, which
// browsers read as a slash.
func isPlain(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c > '~' || c == '\\' })
}

// isPage reports whether a path is one of a page to come back to. Browsers resolve dots
// in a path, encoded ones included, so it has none.
func isPage(p string) bool {
	if p != path.Clean(p) && p != path.Clean(p)+"/" {
		return false
	}
	if strings.HasPrefix(p, PathSignIn+"/") || slices.Contains([]string{PathSignIn, PathSignOut, PathSession, PathStyle, PathScript}, p) {
		return false
	}
	for _, folder := range []string{PathHome, "/oauth2/", "/sso/"} {
		if strings.HasPrefix(p, folder) {
			return true
		}
	}
	return false
}
