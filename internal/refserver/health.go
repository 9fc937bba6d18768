package refserver

import (
	"context"
	"io"
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/service"
)

// healthy responds as long as the process runs.
func healthy(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, "ok\n")
}

// ready responds with status 503 while the store can't be read. What could lose an
// acknowledged change is a line each.
func ready(s *service.Service, risks func(context.Context) ([]string, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, err := s.HasUsers(r.Context())
		found, riskErr := risks(r.Context())
		if err != nil || riskErr != nil {
			http.Error(w, "the store is not available", http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "ok\n")
		for _, risk := range found {
			_, _ = io.WriteString(w, "warning: "+risk+"\n")
		}
	}
}
