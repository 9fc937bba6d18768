// Package machine tells where and since when this process runs: the start of the
// machine, the time since then, and the user namespace.
//
// It promises that two processes get equal places if, and only if, they share the
// kernel's keys; that the time since the start goes on while the machine sleeps and
// follows no change of the clock; and that what a system does not tell is empty. Only
// Linux tells it. Nothing here is a secret, and nothing leaves the machine.
package machine

import "time"

// Uptime is a time on the clock that runs since the start of the machine.
type Uptime struct {
	Boot  string        `json:"boot"`  // ID of that start
	Since time.Duration `json:"since"` // since that start
}

// After returns how much later u is than another time. It returns false if the machine
// was started in between, or if one of them is not known.
func (u Uptime) After(other Uptime) (time.Duration, bool) {
	if u.Boot == "" || u.Boot != other.Boot {
		return 0, false
	}
	return u.Since - other.Since, true
}

// Place is where a process runs.
type Place struct {
	Boot  string `json:"boot,omitempty"`  // ID of the machine's start
	Users string `json:"users,omitempty"` // user namespace
	Host  string `json:"host,omitempty"`  // name of the machine, for messages
}

// IsSame reports whether the kernel has the same keys at both places.
func (p Place) IsSame(other Place) bool { return p.Boot == other.Boot && p.Users == other.Users }
