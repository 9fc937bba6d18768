package process

import "os"

// isGone reports false: a process that has ended is not found in the first place.
func isGone(*os.Process) bool { return false }
