package refserver

import (
	"runtime"
	"runtime/debug"
	"testing"
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
