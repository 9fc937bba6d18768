package servecmd

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestRecordsEndWithTheirClient: what is recorded for a time ends when its client is gone.
func TestRecordsEndWithTheirClient(t *testing.T) {
	gone, leave := context.WithCancel(t.Context())
	leave()
	for path, want := range map[string]string{"profile?seconds=3600": "\x1f\x8b", "trace": " trace\x00"} {
		request := httptest.NewRequestWithContext(gone, http.MethodGet, "http://127.0.0.1/debug/pprof/"+path, nil)
		response := httptest.NewRecorder()
		profiles().ServeHTTP(response, request)
		if response.Code != http.StatusOK || !strings.Contains(response.Body.String(), want) {
			t.Errorf("%s: %d %.200q, want %q in it", path, response.Code, response.Body, want)
		}
	}
}
