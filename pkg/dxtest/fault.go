package dxtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// Fault is something that goes wrong instead of an answer. One of Status, Body
// and Drop says what, or none of them: then the answer is late. A
// request that gets a Status, a Body or a Drop never reaches the platform, so
// nothing changes there.
type Fault struct {
	// Path selects the requests: a path, "/system/whoami"; a pattern as of
	// path.Match, "/project-*/describe"; or "*" for all.
	Path string

	Times int           // how many requests; 0: one
	Delay time.Duration // in real time, before anything else

	Status     int           // HTTP status code, 200 to 599
	RetryAfter time.Duration // sent along with Status, rounded up to seconds; 0: not sent
	Body       string        // with Status or, without, 200; "": the platform's form of an error

	Drop bool // the connection is reset
}

// Fail makes requests go wrong. Each request meets at most one fault, the first
// of those for its path, in the order of the calls, that is not used up.
func (s *Server) Fail(fault Fault) {
	s.t.Helper()
	if err := fault.check(); err != nil {
		s.t.Fatalf("dxtest: the fault for %q: %v", fault.Path, err)
	}
	fault.Times = max(fault.Times, 1)
	s.faults.add(fault)
}

func (f Fault) check() error {
	_, badPattern := path.Match(f.Path, "")
	answers := f.Status != 0 || f.Body != ""
	switch {
	case f.Path == "":
		return errors.New(`the path is empty; "*" stands for all`)
	case badPattern != nil:
		return badPattern
	case f.Times < 0 || f.Delay < 0 || f.RetryAfter < 0:
		return errors.New("nothing in it can be negative")
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("status %d is not within 200..599", f.Status)
	case f.RetryAfter > 0 && f.Status == 0:
		return errors.New("RetryAfter needs a Status")
	case f.Drop && answers:
		return errors.New("a dropped connection gives no answer")
	case !f.Drop && !answers && f.Delay == 0:
		return errors.New("nothing goes wrong in it")
	default:
		return nil
	}
}

func (f Fault) meets(requested string) bool {
	matched, err := path.Match(f.Path, requested)
	return f.Path == "*" || err == nil && matched
}

// spoil lets the fault happen. It reports whether the request is done with; if
// not, the platform has to answer. The context ends with the server.
func (f Fault) spoil(ctx context.Context, w http.ResponseWriter, r *http.Request) bool {
	if !f.wait(ctx, r.Context()) {
		panic(http.ErrAbortHandler) // the client has gone
	}
	switch {
	case f.Drop:
		reset(w)
	case f.Status != 0 || f.Body != "":
		f.answer(w)
	default:
		return false
	}
	return true
}

// wait lets the delay pass, unless the server or the request ends before.
func (f Fault) wait(server, request context.Context) bool {
	timer := time.NewTimer(f.Delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-server.Done():
	case <-request.Done():
	}
	return false
}

// reset ends the connection so that the client sees it lost, not closed.
func reset(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // closes it, at least
	}
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = connection.Close()
}

func (f Fault) answer(w http.ResponseWriter) {
	status, body := f.Status, f.Body
	if status == 0 {
		status = http.StatusOK
	}
	if body == "" {
		body = refusal(status)
	}
	if json.Valid([]byte(body)) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	if f.RetryAfter > 0 {
		seconds := int64((f.RetryAfter + time.Second - 1) / time.Second)
		w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // fails only if the client has gone
}

// refusal is the body of an error with a status, as the platform writes it.
func refusal(status int) string {
	types := []string{
		dnanexus.TypeMalformedJSON, dnanexus.TypeInvalidAuthentication, dnanexus.TypeResourceNotFound,
		dnanexus.TypeInvalidInput, dnanexus.TypeServiceUnavailable,
	}
	errorType := dnanexus.TypeInternalError
	if i := slices.IndexFunc(types, func(t string) bool { return dnanexus.StatusOf(t) == status }); i >= 0 {
		errorType = types[i]
	}
	return fmt.Sprintf(`{"error":{"type":%q,"message":"The test asked for this failure"}}`, errorType)
}

// faults are those that are still to happen, in order.
type faults struct {
	mu   sync.Mutex
	left []Fault
}

func (f *faults) add(fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left = append(f.left, fault)
}

// take uses the first fault for a path once.
func (f *faults) take(requested string) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.left, func(fault Fault) bool { return fault.meets(requested) })
	if i < 0 {
		return Fault{}, false
	}
	fault := f.left[i]
	if f.left[i].Times--; f.left[i].Times == 0 {
		f.left = slices.Delete(f.left, i, i+1)
	}
	return fault, true
}
