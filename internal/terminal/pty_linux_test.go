package terminal_test

import "golang.org/x/sys/unix"

const termiosRequest = unix.TCGETS
