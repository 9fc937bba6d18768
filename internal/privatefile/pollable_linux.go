package privatefile

import (
	"os"
	"time"
)

// mayWait reports whether reading a file that claims to be regular may wait, as some
// below /proc do: only such a file can have a deadline.
func mayWait(file *os.File) bool { return file.SetReadDeadline(time.Time{}) == nil }
