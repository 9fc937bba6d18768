package privatefile

import "io/fs"

const (
	noFollow = 0
	noWait   = 0
)

// ChecksAccess is false: access control lists are not read.
const ChecksAccess = false

// Check does nothing; see the package comment.
func Check(string, fs.FileInfo, fs.FileMode) error { return nil }

func checkMode(string, fs.FileInfo, fs.FileMode) error { return nil }

// SyncFolder does nothing: Windows cannot sync folders.
func SyncFolder(string) error { return nil }

// Names returns 0: it is not known how many names a file has.
func Names(string) int { return 0 }
