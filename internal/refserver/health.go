package refserver

import (
	"io"
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/service"
)

// healthy answers as long as the process runs.
func healthy(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, "ok\n")
}

// ready answers with status 503 while the store can't be read.
func ready(s *service.Service) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, err := s.HasUsers(r.Context()); err != nil {
			http.Error(w, "the store is not available", http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "ok\n")
	}
}
