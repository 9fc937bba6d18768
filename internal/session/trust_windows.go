package session

import "io/fs"

// checkTrust finds nothing: modes say nothing here, and the folder's access
// list, inherited from the user's profile, keeps others out.
func checkTrust(string, fs.FileInfo) error { return nil }
