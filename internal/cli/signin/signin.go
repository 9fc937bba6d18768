// Package signin has the commands with which people and scripts sign in and
// out, and see who they are: login, logout, switch, whoami, status and pwd.
//
// It promises that everything that can be checked is checked before anything is
// asked or sent; that a credential is stored only after its server has taken
// it; that a session which can't be stored is ended again; and that a logout
// erases the credential here, whatever the server says.
package signin
