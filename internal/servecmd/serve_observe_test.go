package servecmd_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestServeMetrics: requests are counted by route, on a listener that serves nothing else,
// and to nobody who reaches it by another name.
func TestServeMetrics(t *testing.T) {
	s := serve(t, "--metrics-listen", "127.0.0.1:0", "--log", "none")
	found := regexp.MustCompile(`(?m)^metrics at (http://127\.0\.0\.1:\d+)/metrics$`).FindStringSubmatch(s.screen.String())
	if found == nil {
		t.Fatalf("no URL of the metrics:\n%s", s.screen)
	}
	address := found[1]
	get(t, http.DefaultClient, s.url+"/healthz")
	get(t, http.DefaultClient, s.url+"/secret-0123456789abcdef")
	text := get(t, http.DefaultClient, address+"/metrics")
	for _, line := range []string{
		`dxauth_requests_total{method="GET",route="/healthz",status="200"} 1`,
		`dxauth_requests_total{method="GET",route="(no route)",status="404"} 1`,
		"dxauth_request_seconds_count 2", "# TYPE dxauth_connections gauge", "dxauth_password_hashes_total 0", "# TYPE go_memory_bytes gauge",
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no line %s in\n%s", line, text)
		}
	}
	if strings.Contains(text, "secret") {
		t.Errorf("what a client wrote is a metric:\n%s", text)
	}
	for _, c := range []struct {
		url, host string
		want      int
	}{
		{s.url + "/metrics", "", http.StatusNotFound},
		{address + "/system/greet", "", http.StatusNotFound},
		{address + "/metrics", "evil.example", http.StatusMisdirectedRequest},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = c.host
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != c.want {
			t.Errorf("%s with host %q: %s, want %d", c.url, c.host, response.Status, c.want)
		}
	}
	s.end()
	if _, err := http.Get(address + "/metrics"); err == nil {
		t.Error("the metrics are still served")
	}
}

func TestServeProfiles(t *testing.T) {
	s := serve(t, "--pprof-listen", "127.0.0.1:0", "--log", "none")
	found := regexp.MustCompile(`(?m)^profiles at (http://127\.0\.0\.1:\d+/debug/pprof/)$`).FindStringSubmatch(s.screen.String())
	if found == nil {
		t.Fatalf("no URL of the profiles:\n%s", s.screen)
	}
	for path, want := range map[string]string{
		"":                  "\nheap ",
		"goroutine?debug=1": "goroutine profile: total ",
		"heap":              "\x1f\x8b", // compressed
	} {
		if text := get(t, http.DefaultClient, found[1]+path); !strings.Contains(text, want) {
			t.Errorf("%s: got %.200q, want %q in it", path, text, want)
		}
	}
	response, err := http.Get(found[1] + "nothing")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown profile: %s", response.Status)
	}
	s.end()
}

// TestServeKeepsObserversToThisMachine: others may read metrics only if plain text is
// allowed, and profiles never.
func TestServeKeepsObserversToThisMachine(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--metrics-listen", "0.0.0.0:0"}, "--metrics-listen 0.0.0.0:0: others can reach this address; allow plain text with --insecure-http"},
		{[]string{"--pprof-listen", "0.0.0.0:0"}, "--pprof-listen 0.0.0.0:0: others can reach this address, and profiles are for this machine only"},
		{[]string{"--pprof-listen", "0.0.0.0:0", "--insecure-http"}, "profiles are for this machine only"},
		{[]string{"--metrics-listen", "127.0.0.1"}, "--metrics-listen 127.0.0.1: missing port in address"},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			if err := refused(t, c.args...); !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	s := serve(t, "--metrics-listen", "0.0.0.0:0", "--insecure-http", "--log", "none")
	s.end()
}
