package oauth

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/testfuzz"
	"github.com/dxauth/dxauth/pkg/httpcall"
)

// says is a server that gives one response to everything.
type says string

// RoundTrip implements http.RoundTripper.
func (s says) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(string(s))), ContentLength: int64(len(s)),
	}, nil
}

// Whatever a server says of itself, its endpoints are below its own address.
func FuzzMetadata(f *testing.F) {
	const server = "https://platform.example.org/lab"
	for _, seed := range []string{
		`{"issuer": "` + server + `", "authorization_endpoint": "` + server + `/oauth2/authorize", "token_endpoint": "` + server + `/oauth2/token"}`,
		`{"issuer": "` + server + `", "token_endpoint": "` + server + `.example.com/oauth2/token"}`,
		`{"issuer": "` + server + `", "token_endpoint": "` + server + `/../../oauth2/token", "device_authorization_endpoint": "` + server + `@example.com/"}`,
		`{"issuer": "https://example.com"}`, `{"issuer": 7}`, `[]`, `null`, "",
	} {
		testfuzz.Add(f, seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		client := httpcall.NewHTTPClient(httpcall.ClientConfig{})
		client.Transport = says(body)
		found, err := Discover(t.Context(), Config{Server: server, HTTP: client})
		if err != nil {
			return
		}
		for _, endpoint := range []string{found.metadata.AuthorizationEndpoint, found.metadata.TokenEndpoint, found.metadata.DeviceAuthorizationEndpoint} {
			route, err := found.routeOf("endpoint", endpoint)
			if err != nil {
				continue
			}
			called, err := url.Parse(server + route)
			if err != nil || called.Host != "platform.example.org" || called.User != nil || !strings.HasPrefix(called.Path, "/lab/") {
				t.Errorf("%q is called as %v, %v", endpoint, called, err)
			}
		}
	})
}
