//go:build unix

package terminal

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// openTTY opens the controlling terminal of the process.
func openTTY() (in, out *os.File, err error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	return tty, tty, err
}

// closeInput closes the terminal.
func closeInput(in *os.File) { _ = in.Close() }

// hideInput turns echo off and returns the function that brings the former state
// back. Both keep what was typed ahead. Lines are still edited and ended by the
// kernel, also if another program left the terminal raw.
func hideInput(in *os.File) (show func() error, err error) {
	fd := int(in.Fd())
	before, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return nil, err
	}
	hidden := *before
	hidden.Lflag &^= unix.ECHO | unix.ECHONL
	hidden.Lflag |= unix.ICANON | unix.ISIG
	hidden.Iflag |= unix.ICRNL
	if err := unix.IoctlSetTermios(fd, setTermios, &hidden); err != nil {
		return nil, err
	}
	return func() error { return unix.IoctlSetTermios(fd, setTermios, before) }, nil
}

// discardInput throws away what was typed and not read. Setting the state that
// already holds, with the variant that flushes, is the way common to all systems.
func discardInput(in *os.File) error {
	fd := int(in.Fd())
	state, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return err
	}
	return unix.IoctlSetTermios(fd, setTermiosAndFlush, state)
}

// enableColor reports whether the terminal understands colours.
func enableColor(*os.File) bool { return true }

// onlyText reports whether the terminal obeys no escape sequences.
func onlyText(getenv func(string) string) bool {
	term := getenv("TERM")
	return term == "" || term == "dumb"
}

// speaksUTF8 reports whether the terminal was said to take UTF-8.
func speaksUTF8(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := strings.ToLower(getenv(name)); locale != "" {
			return strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
		}
	}
	return false
}
