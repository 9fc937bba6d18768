//go:build unix

package testpostgres

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// account is the user that a server runs as; nil: that of this process.
type account struct{ *syscall.Credential }

// unprivileged returns nobody for root.
func unprivileged() (account, error) {
	if os.Geteuid() != 0 {
		return account{}, nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return account{}, fmt.Errorf("PostgreSQL does not run as root: %w", err)
	}
	uid, uidErr := strconv.ParseUint(nobody.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(nobody.Gid, 10, 32)
	if uidErr != nil || gidErr != nil {
		return account{}, fmt.Errorf("the user %s has the IDs %s and %s", nobody.Username, nobody.Uid, nobody.Gid)
	}
	return account{&syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

// Demote makes a command run as the user that servers run as here, and gives that user a
// folder.
func Demote(cmd *exec.Cmd, folder string) error {
	account, err := unprivileged()
	if err != nil {
		return err
	}
	account.apply(cmd)
	return account.own(folder)
}

// own gives a file or folder to the account.
func (a account) own(path string) error {
	if a.Credential == nil {
		return nil
	}
	return os.Chown(path, int(a.Uid), int(a.Gid))
}

// apply makes a program run as the account, out of reach of the terminal's signals.
func (a account) apply(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: a.Credential}
}
