// Package run has the commands that hand the credential on to other programs, or
// take it over from them: exec, env and import.
//
// It promises that a program gets the credential in its environment and nowhere
// else, and none of this program's own secrets with it; that a session which
// exec keeps in use is never brought back once it has ended; that a token which
// was made for a program is revoked when that has ended; and that import takes a
// token out of a file only after it is stored: it is never in no place.
package run
