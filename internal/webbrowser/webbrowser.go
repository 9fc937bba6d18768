// Package webbrowser opens an address in the browser of the user of this machine.
//
// It promises to start the program that BROWSER names, or the one that the system has for
// this, without a shell; to give it nothing of the credentials and settings in this
// program's environment; to keep it when this program ends or is interrupted; and to wait
// for nothing. Whether the user sees the page is unknown, so the caller shows the
// address, too.
package webbrowser

import (
	"errors"
	"os/exec"
	"runtime"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// ErrNone means that no program could be started that opens addresses.
var ErrNone = errors.New("no browser found")

// Browser is the browser of the user of this machine.
type Browser struct {
	getenv func(string) string
	system string // as runtime.GOOS
	start  func(*exec.Cmd) error
}

// New returns the browser that the environment names, or the system's.
func New(getenv func(string) string) Browser {
	return Browser{getenv: getenv, system: runtime.GOOS, start: startDetached}
}

// IsHere reports whether a page that is opened here can be seen by the user at the
// terminal: one over SSH, or without a display, sees none. Who sets BROWSER knows
// better.
func (b Browser) IsHere() bool {
	isSet := func(name string) bool { return b.getenv(name) != "" }
	switch {
	case isSet("BROWSER"):
		return true
	case isSet("SSH_CONNECTION"), isSet("SSH_CLIENT"), isSet("SSH_TTY"):
		return false
	case b.system == "windows", b.system == "darwin":
		return true
	default:
		return isSet("DISPLAY") || isSet("WAYLAND_DISPLAY") || isSet("WSL_DISTRO_NAME")
	}
}

// Open opens an address, and returns ErrNone if no program for it can be started.
func (b Browser) Open(address string) error {
	for _, command := range b.commands() {
		cmd := exec.Command(command[0], with(command[1:], address)...)
		cmd.Env = withoutCredentials(cmd.Environ())
		if b.start(cmd) == nil {
			return nil
		}
	}
	return ErrNone
}

// commands returns the programs to try, with their arguments.
func (b Browser) commands() [][]string {
	var list [][]string
	for entry := range strings.SplitSeq(b.getenv("BROWSER"), b.separator()) {
		if words := strings.Fields(entry); len(words) > 0 {
			list = append(list, words)
		}
	}
	switch b.system {
	case "windows":
		return append(list, []string{"rundll32", "url.dll,FileProtocolHandler"})
	case "darwin":
		return append(list, []string{"open"})
	default:
		return append(list, []string{"xdg-open"}, []string{"wslview"}, []string{"x-www-browser"})
	}
}

// separator separates the programs in BROWSER.
func (b Browser) separator() string {
	if b.system == "windows" {
		return ";" // paths have a colon
	}
	return ":"
}

// with returns arguments with an address in the place of %s, or else at their end.
func with(arguments []string, address string) []string {
	const place = "%s"
	if !slices.ContainsFunc(arguments, func(argument string) bool { return strings.Contains(argument, place) }) {
		return append(slices.Clone(arguments), address)
	}
	filled := make([]string, len(arguments))
	for i, argument := range arguments {
		filled[i] = strings.ReplaceAll(argument, place, address)
	}
	return filled
}

// withoutCredentials returns an environment without the variables of this program and of
// dx.
func withoutCredentials(environ []string) []string {
	return slices.DeleteFunc(environ, func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return strings.HasPrefix(strings.ToUpper(name), "DXAUTH_") || dnanexus.IsContextVariable(name)
	})
}
