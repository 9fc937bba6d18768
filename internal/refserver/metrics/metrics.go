// Package metrics counts requests and writes what it counted in the text format of
// Prometheus, version 0.0.4.
//
// It promises that a name or label contains nothing that a client wrote: a request is
// counted by the pattern of its route, a method of HTTP and its status, so that there are
// few series however many requests there are; and that counting one takes less than a
// microsecond. A [Reading] is a value that is read when somebody asks.
package metrics

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Kind says whether a value can fall.
type Kind string

// The kinds.
const (
	Counter Kind = "counter"
	Gauge   Kind = "gauge"
)

// Reading is a value with its name, which ends with its unit or, for a counter, with _total.
type Reading struct {
	Name, Help string
	Kind       Kind
	Value      float64
}

// Metrics are the counts of requests since the start.
type Metrics struct {
	read   func() []Reading
	bounds []time.Duration // of the histogram

	mutex    sync.Mutex
	requests map[series]uint64
	took     []uint64 // requests that took at most this of bounds, the last one more
	sum      time.Duration
}

// series are the labels of a count.
type series struct {
	method, route string
	status        int
}

// New returns Metrics that also have the values that read returns.
func New(read func() []Reading) *Metrics {
	bounds := []time.Duration{
		time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
		100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second,
	}
	return &Metrics{read: read, bounds: bounds, requests: map[series]uint64{}, took: make([]uint64, len(bounds)+1)}
}

// Count counts a request.
func (m *Metrics) Count(method, route string, status int, took time.Duration) {
	at, _ := slices.BinarySearch(m.bounds, took)
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.requests[series{method, route, status}]++
	m.took[at]++
	m.sum += took
}

// ServeHTTP serves GET and HEAD of /metrics.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path != "/metrics":
		http.NotFound(w, r)
		return
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "use GET", http.StatusMethodNotAllowed)
		return
	}
	body := m.text()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // an error means that the client is gone
}

// text returns all values.
func (m *Metrics) text() []byte {
	var out bytes.Buffer
	m.writeRequests(&out)
	for _, reading := range m.read() {
		writeHead(&out, reading.Name, reading.Help, string(reading.Kind))
		fmt.Fprintf(&out, "%s %s\n", reading.Name, number(reading.Value))
	}
	return out.Bytes()
}

func (m *Metrics) writeRequests(out *bytes.Buffer) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	const total, seconds = "dxauth_requests_total", "dxauth_request_seconds"
	writeHead(out, total, "Requests that were handled, by method, route and status.", string(Counter))
	for _, s := range slices.SortedFunc(maps.Keys(m.requests), compare) {
		fmt.Fprintf(out, "%s{method=\"%s\",route=\"%s\",status=\"%d\"} %d\n", total, escape(s.method), escape(s.route), s.status, m.requests[s])
	}
	writeHead(out, seconds, "How long requests took.", "histogram")
	var count uint64
	for i, bound := range m.bounds {
		count += m.took[i]
		fmt.Fprintf(out, "%s_bucket{le=\"%s\"} %d\n", seconds, number(bound.Seconds()), count)
	}
	count += m.took[len(m.took)-1]
	fmt.Fprintf(out, "%s_bucket{le=\"+Inf\"} %d\n%s_sum %s\n%s_count %d\n", seconds, count, seconds, number(m.sum.Seconds()), seconds, count)
}

func compare(a, b series) int {
	return cmp.Or(cmp.Compare(a.route, b.route), cmp.Compare(a.method, b.method), cmp.Compare(a.status, b.status))
}

func writeHead(out *bytes.Buffer, name, help, kind string) {
	fmt.Fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

func number(value float64) string { return strconv.FormatFloat(value, 'g', -1, 64) }

// escape escapes the value of a label.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(text)
}
