//go:build !linux

package servecmd

// withOwnKeyring calls start: only Linux has keyrings of its kernel.
func withOwnKeyring(start func()) { start() }
