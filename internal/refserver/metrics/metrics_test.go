package metrics_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refserver/metrics"
)

func TestText(t *testing.T) {
	m := metrics.New(func() []metrics.Reading {
		return []metrics.Reading{{Name: "dxauth_connections", Help: "Open connections.", Kind: metrics.Gauge, Value: 3}}
	})
	m.Count("POST", "/system/whoami", 200, time.Millisecond)
	m.Count("POST", "/system/whoami", 200, 3*time.Millisecond)
	m.Count("POST", "/system/whoami", 401, 500*time.Millisecond)
	m.Count("GET", "a \"quoted\"\\\nroute", 200, time.Minute)
	recorder := httptest.NewRecorder()
	m.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	want := `# HELP dxauth_requests_total Requests that were handled, by method, route and status.
# TYPE dxauth_requests_total counter
dxauth_requests_total{method="POST",route="/system/whoami",status="200"} 2
dxauth_requests_total{method="POST",route="/system/whoami",status="401"} 1
dxauth_requests_total{method="GET",route="a \"quoted\"\\\nroute",status="200"} 1
# HELP dxauth_request_seconds How long requests took.
# TYPE dxauth_request_seconds histogram
dxauth_request_seconds_bucket{le="0.001"} 1
dxauth_request_seconds_bucket{le="0.0025"} 1
dxauth_request_seconds_bucket{le="0.005"} 2
dxauth_request_seconds_bucket{le="0.01"} 2
dxauth_request_seconds_bucket{le="0.025"} 2
dxauth_request_seconds_bucket{le="0.05"} 2
dxauth_request_seconds_bucket{le="0.1"} 2
dxauth_request_seconds_bucket{le="0.25"} 2
dxauth_request_seconds_bucket{le="0.5"} 3
dxauth_request_seconds_bucket{le="1"} 3
dxauth_request_seconds_bucket{le="2.5"} 3
dxauth_request_seconds_bucket{le="5"} 3
dxauth_request_seconds_bucket{le="10"} 3
dxauth_request_seconds_bucket{le="+Inf"} 4
dxauth_request_seconds_sum 60.504
dxauth_request_seconds_count 4
# HELP dxauth_connections Open connections.
# TYPE dxauth_connections gauge
dxauth_connections 3
`
	if diff := cmp.Diff(want, recorder.Body.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := recorder.Header().Get("Content-Type"); !strings.HasPrefix(got, "text/plain; version=0.0.4") {
		t.Errorf("Content-Type is %q", got)
	}
}

func TestOtherRequests(t *testing.T) {
	m := metrics.New(func() []metrics.Reading { return nil })
	for line, want := range map[string]int{"GET /": 404, "GET /metrics/": 404, "POST /metrics": 405, "HEAD /metrics": 200} {
		method, path, _ := strings.Cut(line, " ")
		recorder := httptest.NewRecorder()
		m.ServeHTTP(recorder, httptest.NewRequest(method, path, nil))
		if recorder.Code != want {
			t.Errorf("%s: %d, want %d", line, recorder.Code, want)
		}
	}
}
