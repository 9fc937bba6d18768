//go:build unix

package console_test

import (
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
