// Package run has the commands that give the credential to other programs: exec, env and
// shell-init.
//
// It promises that a program gets the credential only in its environment, and none
// of this program's own secrets with it; that exec keeps a session in use but never
// revives one that has ended; and that a token made for a program is revoked when the
// program ends.
package run
