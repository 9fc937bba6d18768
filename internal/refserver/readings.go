package refserver

import (
	"net/http"
	"runtime"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/metrics"
)

// Metrics returns the handler of /metrics, for a listener of its own. Like the server it
// accepts only requests for its own names.
func (s *Server) Metrics(hosts []string) http.Handler { return httpkit.AllowHost(s.metrics, hosts) }

// readings are the metrics that are not counted request by request.
func (s *Server) readings() []metrics.Reading {
	open, closed := s.connections.counts()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory) // package runtime/metrics puts tables into every start of this program
	return []metrics.Reading{
		{Name: "dxauth_connections", Help: "Open connections.", Kind: metrics.Gauge, Value: float64(open)},
		{Name: "dxauth_connections_closed_total", Help: "Connections that were closed for others.", Kind: metrics.Counter, Value: float64(closed)},
		{Name: "dxauth_password_hashes_total", Help: "Password hashes that were computed.", Kind: metrics.Counter, Value: float64(s.hasher.Count())},
		{Name: "go_goroutines", Help: "Goroutines.", Kind: metrics.Gauge, Value: float64(runtime.NumGoroutine())},
		{Name: "go_memory_bytes", Help: "Memory that the Go runtime has from the system.", Kind: metrics.Gauge, Value: float64(memory.Sys - memory.HeapReleased)},
		{Name: "go_gc_cycles_total", Help: "Completed cycles of the garbage collector.", Kind: metrics.Counter, Value: float64(memory.NumGC)},
	}
}
