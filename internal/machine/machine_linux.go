package machine

import (
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Now returns the time since the start.
func Now() Uptime {
	var now unix.Timespec
	boot := bootID()
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil || boot == "" {
		return Uptime{}
	}
	return Uptime{Boot: boot, Since: time.Duration(now.Nano())}
}

// Here returns the place of this process.
func Here() Place {
	users, _ := os.Readlink("/proc/self/ns/user") // a kernel without namespaces has one place
	host, _ := os.Hostname()
	return Place{Boot: bootID(), Users: users, Host: host}
}

// bootID returns the ID of the start, or "" if it is not known. It can't change while
// this process runs.
var bootID = sync.OnceValue(func() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
})
