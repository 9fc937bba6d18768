package dxenv

import "io/fs"

// checkTrust finds nothing: modes say nothing here, and the access list that
// the folder has from the user's profile keeps others out.
func checkTrust(string, fs.FileInfo, fs.FileMode, string) error { return nil }
