package kit

import "os"

// IsThisProgram reports whether a path leads to this program, perhaps by a link.
func IsThisProgram(path string) bool {
	own, err := os.Executable()
	if err != nil {
		return false
	}
	this, err := os.Stat(own)
	if err != nil {
		return false
	}
	other, err := os.Stat(path)
	return err == nil && os.SameFile(this, other)
}
