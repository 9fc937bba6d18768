package kit

import (
	"io"
	"os"

	"golang.org/x/sys/windows"
)

// isNullDevice reports whether a stream is NUL: a character device that is not a
// console. A closed stream counts as one. os.SameFile does not tell, because
// consoles and pipes look the same to it as NUL.
func isNullDevice(stream io.Writer) bool {
	file, ok := stream.(*os.File)
	if !ok {
		return false
	}
	if file == nil { // the process was started without the stream
		return true
	}
	handle := windows.Handle(file.Fd())
	kind, err := windows.GetFileType(handle)
	if err != nil {
		return true
	}
	var mode uint32
	return kind == windows.FILE_TYPE_CHAR && windows.GetConsoleMode(handle, &mode) != nil
}
