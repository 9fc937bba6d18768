package testpostgres

import (
	"errors"
	"os/exec"
)

// account is the user that a server runs as.
type account struct{}

// unprivileged refuses: no test needs a PostgreSQL on Windows.
func unprivileged() (account, error) {
	return account{}, errors.New("testpostgres runs no PostgreSQL on Windows")
}

func (account) own(string) error { return nil }

func (account) apply(*exec.Cmd) {}
