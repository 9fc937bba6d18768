package session

import (
	"os"

	"github.com/dxauth/dxauth/internal/process"
)

// maxAncestors bounds the search; shells are never nested that deep.
const maxAncestors = 64

// Ancestors lists the ancestors of this process, the nearest first, without process 1.
func Ancestors() []Process {
	var list []Process
	for pid := os.Getppid(); pid > 1 && len(list) < maxAncestors; {
		parent, started, err := process.LookUp(pid)
		if err != nil {
			break
		}
		list = append(list, Process{PID: pid, Started: started})
		pid = parent
	}
	return list
}
