// Package signin has the commands login, switch, accounts, whoami, status and pwd.
//
// It promises that a command checks its flags and arguments before it prompts or
// sends a request; that a credential is stored only after the server has accepted
// it; and that a session which can't be stored is revoked.
package signin
