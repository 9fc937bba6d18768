package httpkit

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/dxauth/dxauth/pkg/secret"
)

// Log writes a line for each request after it was handled.
func Log(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(recorder, r)
		info := InfoOf(r.Context())
		log.LogAttrs(r.Context(), slog.LevelInfo, "request",
			slog.String("method", r.Method),
			slog.String("path", withoutCode(r.URL.EscapedPath())),
			slog.Int("status", recorder.status),
			slog.Duration("took", time.Since(start).Round(time.Microsecond)),
			slog.String("address", info.Address.String()),
			slog.String("request_id", info.RequestID))
	})
}

// LogFault logs an internal error with its cause, unless the client went away.
func LogFault(r *http.Request, log *slog.Logger, err error) {
	if r.Context().Err() != nil {
		return
	}
	log.LogAttrs(r.Context(), slog.LevelError, "request failed",
		slog.String("path", withoutCode(r.URL.EscapedPath())),
		slog.Any("error", err),
		slog.String("request_id", InfoOf(r.Context()).RequestID))
}

// codeIn is a path that is followed by a secret, in links that old servers sent.
const codeIn = "/account/activate/"

func withoutCode(path string) string {
	if before, _, found := strings.Cut(path, codeIn); found {
		return before + codeIn + secret.Redacted
	}
	return path
}

// statusRecorder records the status of a response.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (s *statusRecorder) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// Recover logs a panic and calls refuse to write the response. A panic with
// http.ErrAbortHandler passes through.
func Recover(next http.Handler, log *slog.Logger, refuse http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			fault := recover()
			if fault == nil {
				return
			}
			if fault == http.ErrAbortHandler {
				panic(fault)
			}
			log.LogAttrs(r.Context(), slog.LevelError, "panic",
				slog.String("fault", fmt.Sprint(fault)),
				slog.String("stack", string(debug.Stack())),
				slog.String("request_id", InfoOf(r.Context()).RequestID))
			refuse(w, r)
		}()
		next.ServeHTTP(w, r)
	})
}
