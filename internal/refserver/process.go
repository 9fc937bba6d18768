package refserver

import (
	"runtime"
	"runtime/debug"

	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
)

// gcPercent lets the garbage collector run after several password hashes. Each takes
// 19 MiB, so by default it would run during each of them, and slow everything else down.
const gcPercent = 400

// TuneProcess adapts the runtime of a process that only serves to password hashes, and
// returns the function that undoes it.
//
// The scheduler gets a processor for each hash that runs at once. A hash keeps its
// processor busy for some 30 ms, and requests that are queued there would wait for that
// long; the operating system divides the cores more finely. The garbage collector runs
// less often, unless the environment has a value for it.
func TuneProcess() (undo func()) {
	processors := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(processors + passwordhash.DefaultParams().Slots())
	percent := debug.SetGCPercent(gcPercent)
	if percent != 100 {
		debug.SetGCPercent(percent)
	}
	return func() {
		runtime.GOMAXPROCS(processors)
		debug.SetGCPercent(percent)
	}
}

// freeMemory gives memory back to the system: what the start needed, and that of password
// hashes if none was computed since the last call, which returned how many there were. The
// garbage collector alone would keep it: a server without requests allocates too little for
// it to run.
func (s *Server) freeMemory(last uint64) (hashes uint64) {
	hashes = s.hasher.Count()
	if hashes == last && (s.freedAt == nil || *s.freedAt != hashes) {
		debug.FreeOSMemory()
		s.freedAt = &hashes
	}
	return hashes
}
