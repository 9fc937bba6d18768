package outbox

import "time"

// Lease is how long a server that claimed a message has to send it. Then another server
// may claim it.
const Lease = 2 * time.Minute

// waits between two attempts to send a message.
const (
	firstWait = 30 * time.Second
	maxWait   = time.Hour
)

// WaitAfter returns how long to wait after so many failed attempts.
func WaitAfter(attempts int) time.Duration {
	wait := firstWait
	for ; attempts > 1 && wait < maxWait; attempts-- {
		wait *= 2
	}
	return min(wait, maxWait)
}
