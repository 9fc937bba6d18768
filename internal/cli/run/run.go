// Package run has the commands that give the credential to other programs, or take
// it from them: exec, env, shell-init and import.
//
// It promises that a program gets the credential only in its environment, and none
// of this program's own secrets with it; that exec keeps a session in use but never
// revives one that has ended; that a token made for a program is revoked when the
// program ends; and that import stores a token before it removes it from a file, so
// that a token is never lost.
package run
