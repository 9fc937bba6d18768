//go:build unix

package console_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/testpages"
)

// BenchmarkPages compares the processor time of pages, which does not depend on what
// else the machine does, with that of whoami, and reports their size.
func BenchmarkPages(b *testing.B) {
	s := testpages.Open(b, testpages.World)
	visitor := s.SignedIn("alice")
	token := valueOn(visitor.Post("/console/tokens/new", newToken("bench")))
	b.Run("whoami", func(b *testing.B) {
		before := processorTime(b)
		for b.Loop() {
			whoIs(s, token, "/system/whoami", "{}")
		}
		reportProcessorTime(b, before)
	})
	administrator := s.SignedIn("admin")
	for path, visitor := range map[string]*testpages.Browser{
		"/console/": visitor, "/console/tokens": visitor, "/console/tokens/new": visitor, "/console/security": visitor, "/console/profile": visitor,
		"/console/orgs": visitor, genomics: visitor, genomics + "/members/user-bob": visitor, genomics + "/tokens": visitor,
		users: administrator, users + "/user-bob": administrator, "/console/admin/audit": administrator,
	} {
		b.Run(path, func(b *testing.B) {
			size, before := 0, processorTime(b)
			for b.Loop() {
				size = visitor.Get(path).Body.Len()
			}
			reportProcessorTime(b, before)
			b.ReportMetric(float64(size), "bytes")
		})
	}
}

// BenchmarkPagesOverConnection is BenchmarkPages over a connection, with the time of the
// client in both. A page takes at most three times that of whoami.
func BenchmarkPagesOverConnection(b *testing.B) {
	s := testpages.Open(b, testpages.World)
	visitor := s.SignedIn("alice")
	token := valueOn(visitor.Post("/console/tokens/new", newToken("bench")))
	server := httptest.NewServer(s.Handler())
	b.Cleanup(server.Close)
	b.Run("whoami", func(b *testing.B) {
		before := processorTime(b)
		for b.Loop() {
			request := httptest.NewRequest(http.MethodPost, server.URL+"/system/whoami", strings.NewReader("{}"))
			request.Header.Set("Content-Type", "application/json")
			request.Header.Set("Authorization", "Bearer "+token)
			sendOver(b, request)
		}
		reportProcessorTime(b, before)
	})
	for _, path := range benchPages() {
		b.Run(path, func(b *testing.B) {
			before := processorTime(b)
			for b.Loop() {
				request := httptest.NewRequest(http.MethodGet, server.URL+path, nil)
				request.AddCookie(visitor.Cookie("dxauth"))
				request.AddCookie(visitor.Cookie("dxauth-recent"))
				sendOver(b, request)
			}
			reportProcessorTime(b, before)
		})
	}
}

// sendOver sends a request, which must succeed.
func sendOver(b *testing.B, request *http.Request) {
	request.RequestURI = "" // of a server's request
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
		b.Fatal(response.Status, err)
	}
}

func benchPages() []string {
	return []string{"/console/", "/console/tokens", "/console/tokens/new", "/console/security", "/console/profile"}
}

func reportProcessorTime(b *testing.B, before time.Duration) {
	b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// processorTime returns what this process has used so far.
func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
