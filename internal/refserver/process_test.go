package refserver

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/dxauth/dxauth/pkg/secret"
)

// The collector keeps a setting that the environment has, and what was changed can be
// undone.
func TestTuneProcess(t *testing.T) {
	percent := func() int {
		now := debug.SetGCPercent(100)
		debug.SetGCPercent(now)
		return now
	}
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	processors := runtime.GOMAXPROCS(0)
	for set, want := range map[int]int{100: gcPercent, 70: 70, -1: -1} {
		debug.SetGCPercent(set)
		undo := TuneProcess()
		if got := percent(); got != want || runtime.GOMAXPROCS(0) <= processors {
			t.Errorf("with %d: %d, and %d processors", set, got, runtime.GOMAXPROCS(0))
		}
		undo()
		if got := percent(); got != set || runtime.GOMAXPROCS(0) != processors {
			t.Errorf("with %d: afterwards %d, and %d processors", set, got, runtime.GOMAXPROCS(0))
		}
	}
}

// TestMemoryIsGivenBack: once after the start, and once when no password was hashed for a while.
func TestMemoryIsGivenBack(t *testing.T) {
	server := openCrowded(t, 1, Config{})
	forced := func() uint32 {
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.NumForcedGC
	}
	hash := func() {
		if _, err := server.hasher.Hash(t.Context(), secret.New("wonderland-2026")); err != nil {
			t.Fatal(err)
		}
	}
	last := server.hasher.Count() // of the fixture
	for i, step := range []struct {
		hashes int // since the step before
		want   bool
	}{{0, true}, {0, false}, {1, false}, {2, false}, {0, true}, {0, false}} {
		for range step.hashes {
			hash()
		}
		before := forced()
		last = server.freeMemory(last)
		if got := forced() > before; got != step.want {
			t.Errorf("step %d: given back: %v, want %v", i, got, step.want)
		}
	}
}
