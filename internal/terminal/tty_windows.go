package terminal

import (
	"os"

	"golang.org/x/sys/windows"
)

// openTTY opens the console of the process.
func openTTY() (in, out *os.File, err error) {
	in, err = os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	out, err = os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		_ = in.Close()
		return nil, nil, err
	}
	return in, out, nil
}

// closeInput closes the console without waiting: closing takes until a read that was
// left behind ends, at the next Enter.
func closeInput(in *os.File) { go in.Close() }

// hideInput turns echo off and returns the function that brings the former state
// back. Both keep what was typed ahead.
func hideInput(in *os.File) (show func() error, err error) {
	handle := windows.Handle(in.Fd())
	var before uint32
	if err := windows.GetConsoleMode(handle, &before); err != nil {
		return nil, err
	}
	hidden := before &^ windows.ENABLE_ECHO_INPUT
	hidden |= windows.ENABLE_PROCESSED_INPUT | windows.ENABLE_LINE_INPUT
	if err := windows.SetConsoleMode(handle, hidden); err != nil {
		return nil, err
	}
	return func() error { return windows.SetConsoleMode(handle, before) }, nil
}

// discardInput throws away what was typed and not read.
func discardInput(in *os.File) error {
	return windows.FlushConsoleInputBuffer(windows.Handle(in.Fd()))
}

// enableColor makes the console obey colour sequences, and reports whether it will.
func enableColor(f *os.File) bool {
	handle := windows.Handle(f.Fd())
	var mode uint32
	if err := windows.GetConsoleMode(handle, &mode); err != nil {
		return false
	}
	return windows.SetConsoleMode(handle, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}

// onlyText reports whether the console was said to obey no escape sequences.
func onlyText(getenv func(string) string) bool { return getenv("TERM") == "dumb" }

// speaksUTF8 reports whether the console takes UTF-8: Go writes to it in UTF-16.
func speaksUTF8(func(string) string) bool { return true }
