//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package terminal_test

import "golang.org/x/sys/unix"

const termiosRequest = unix.TIOCGETA
