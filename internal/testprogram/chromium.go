package testprogram

import (
	"errors"
	"os/exec"
)

// Chromium returns the path of the browser that tests drive: Chromium built without
// windows, which takes half of the processor time, or else the one with them.
func Chromium() (string, error) {
	for _, name := range []string{"chromium-headless-shell", "chromium"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("there is no Chromium: install the Debian package chromium-headless-shell")
}
