//go:build !linux

package session

import "os"

// Ancestors lists only the parent: this system does not report others.
func Ancestors() []Process { return []Process{{PID: os.Getppid()}} }
