//go:build unix

package kit

import (
	"io"
	"os"
)

// isNullDevice reports whether a stream is the null device. A closed one is,
// too: the runtime puts the null device in its place.
func isNullDevice(stream io.Writer) bool {
	file, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	if err != nil {
		return true
	}
	null, err := os.Stat(os.DevNull)
	return err == nil && os.SameFile(info, null)
}
