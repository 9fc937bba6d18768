package httpkit

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
)

// NoRoute is logged for a request that no route matches.
const NoRoute = "(no route)"

// otherMethod is logged for a method that HTTP does not define.
const otherMethod = "(other)"

// A Counter counts a request by what Log writes of it.
type Counter func(method, route string, status int, took time.Duration)

// Log writes a line for each request after it was handled, and counts it. It logs the
// pattern of the route and a method of HTTP only: what a client wrote there may be a secret.
func Log(next http.Handler, log *slog.Logger, count Counter) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(recorder, r)
		info, took := InfoOf(r.Context()), time.Since(start)
		count(loggedMethod(r.Method), info.loggedRoute(), recorder.status, took)
		if !log.Enabled(r.Context(), slog.LevelInfo) {
			return
		}
		log.LogAttrs(r.Context(), slog.LevelInfo, "request",
			slog.String("method", loggedMethod(r.Method)),
			slog.String("path", info.loggedRoute()),
			slog.Int("status", recorder.status),
			slog.Duration("took", took.Round(time.Microsecond)),
			slog.String("address", info.Address.String()),
			slog.String("request_id", info.RequestID))
	})
}

// LogFault logs an internal error with its cause, unless the client went away.
func LogFault(r *http.Request, log *slog.Logger, err error) {
	if r.Context().Err() != nil {
		return
	}
	info := InfoOf(r.Context())
	log.LogAttrs(r.Context(), slog.LevelError, "request failed",
		slog.String("path", info.loggedRoute()),
		slog.Any("error", err),
		slog.String("request_id", info.RequestID))
}

// NoteRoute sets the pattern of a route as the path that is logged for a request. The
// last call counts.
func NoteRoute(ctx context.Context, pattern string) {
	if info, found := ctx.Value(infoKey{}).(*Info); found {
		info.route = pattern
	}
}

func (i Info) loggedRoute() string {
	return cmp.Or(i.route, NoRoute)
}

func loggedMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace:
		return method
	default:
		return otherMethod
	}
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
