package refserver

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
)

// Whatever a client writes into a method, a path or a query, the log has the pattern
// of a route at most.
func TestTheLogHasNoTextOfAPath(t *testing.T) {
	const code = "c0de-k7qx-m2vb"
	var log bytes.Buffer
	server := open(t, Config{Log: slog.New(slog.NewJSONHandler(&log, nil))})
	for _, pattern := range patterns(t, server) {
		for _, target := range targetsWith(strings.ReplaceAll(pattern, "*", "a"), code) {
			for _, method := range []string{http.MethodGet, http.MethodPost, strings.ToUpper(code)} {
				log.Reset()
				server.answer(requestFor(t, method, target))
				line := strings.ToLower(log.String())
				if !strings.Contains(line, `"msg":"request"`) || strings.Contains(line, "c0de") || strings.Contains(line, "k7qx") {
					t.Errorf("%s %s logs %s", method, target, line)
				}
			}
		}
	}
}

func TestTheLogHasThePatternOfTheRoute(t *testing.T) {
	var log bytes.Buffer
	server := open(t, Config{Log: slog.New(slog.NewJSONHandler(&log, nil))})
	for line, want := range map[string]string{
		"POST /" + project + "/describe":          "/project-*/describe",
		"POST /file-c0de/c0de":                    "/file-*/*",
		"POST /system/whoami":                     "/system/whoami",
		"GET /system/c0de":                        httpkit.NoRoute,
		"POST //system/whoami":                    httpkit.NoRoute,
		"POST /system%2Fwhoami":                   "/system/whoami",
		"GET /api/v1/sys_sec_Token/c0de":          "/api/v1/*/*",
		"GET /api/v9/c0de":                        "/api/...",
		"GET /account/activate?code=c0de":         "/account/activate",
		"GET /account/activate/c0de":              "/account/activate/...",
		"POST /apps/c0de/graphql":                 "/apps/*/graphql/...",
		"GET /healthz":                            "/healthz",
		"GET /" + strings.Repeat("c0de/", 10_000): httpkit.NoRoute,
	} {
		log.Reset()
		method, target, _ := strings.Cut(line, " ")
		server.answer(requestFor(t, method, target))
		if got := log.String(); !strings.Contains(got, `"path":"`+want+`"`) {
			t.Errorf("%.60s logs %.200s, want %s", line, got, want)
		}
	}
}

// patterns returns those of all routes and some that no route has.
func patterns(t testing.TB, server *Server) []string {
	config := Config{Log: slog.New(slog.DiscardHandler)}
	p := protocolsOf(t, server, config)
	all := []string{"/", "/nowhere", "/" + project, "/login/two/three/four"}
	for _, path := range paths(server.service, config, p, noRisks) {
		all = append(all, strings.TrimSuffix(path.Pattern, "/..."))
	}
	for _, route := range p.dnanexus.Routes() {
		all = append(all, "/"+route.Resource+"/"+route.Method)
	}
	for _, route := range p.molgenis.Routes() {
		all = append(all, route.Pattern)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// targetsWith returns targets with a code at every position of a path, in the ways in
// which a path can be spelled, and in the query.
func targetsWith(path, code string) []string {
	targets := []string{
		path + "?" + code, path + "?code=" + code, path + "?" + code + "=1;" + code, strings.ToUpper(path) + "/" + code,
		strings.ReplaceAll(path, "/", "%2F") + "%2F" + code,
	}
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for at := range len(parts) + 1 {
		before, after := "/"+strings.Join(parts[:at], "/"), strings.Join(parts[at:], "/")
		for _, spelled := range []string{
			code, "./" + code, "/" + code, "../" + code, ";" + code, "%2F" + code, "%2e/" + code, "%0a" + code, strings.ToUpper(code), code + "/" + code,
		} {
			targets = append(targets, before+"/"+spelled+"/"+after, before+spelled+after)
		}
		if at < len(parts) {
			targets = append(targets, before+"/"+code+"/"+strings.Join(parts[at+1:], "/"))
		}
	}
	return targets
}

// requestFor returns a request with a target as it came over the wire.
func requestFor(t *testing.T, method, target string) *http.Request {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/", io.NopCloser(strings.NewReader("{}")))
	r.Method = method
	path, query, _ := strings.Cut(target, "?")
	decoded, err := url.PathUnescape(path)
	if err != nil {
		t.Fatal(err)
	}
	r.URL.Path, r.URL.RawPath, r.URL.RawQuery = decoded, path, query
	r.Header.Set("Content-Type", "application/json")
	return r
}
