package privatefile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/process"
)

// heldFolder is a lock on a file system without locks: a folder beside the file, with
// one empty file for each process that has the lock, named by its ID.
//
// A folder with the file already in it is moved to the folder's name, which fails if
// that has a file, so only one process gets the lock. The lock of a process that has
// ended is taken over by renaming its file, which only one process can do. Both work
// on every file system. Windows refuses them for another moment while a program, perhaps
// a virus scanner, has the folder or a file in it open: that is a lock not yet taken.
type heldFolder struct {
	path string // of the folder
	mine string // name of the file of this use of the lock
}

func newHeldFolder(path string) heldFolder {
	return heldFolder{path: path + ".held", mine: process.Self().String() + markSeparator + rand.Text()}
}

// markSeparator stands between the ID of a process and what tells its locks apart.
const markSeparator = "+"

func ownerOf(name string) (process.ID, bool) {
	id, _, _ := strings.Cut(name, markSeparator)
	return process.Parse(id)
}

// take takes the lock unless another process has it.
func (h heldFolder) take() (bool, error) {
	taken, err := h.attempt()
	if isBusy(err) {
		return false, nil
	}
	return taken, err
}

func (h heldFolder) attempt() (taken bool, err error) {
	holders, err := h.holders()
	switch {
	case err != nil || len(holders) > 1:
		return false, err
	case len(holders) == 0:
		return h.takeFree()
	case hasEnded(holders[0]):
		return h.takeOver(holders[0])
	default:
		return false, nil
	}
}

// takeFree takes a lock that is free.
func (h heldFolder) takeFree() (bool, error) {
	staged, err := os.MkdirTemp(filepath.Dir(h.path), ".lock-*")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(staged) // it is gone if it was moved
	if err := os.WriteFile(filepath.Join(staged, h.mine), nil, 0o600); err != nil {
		return false, err
	}
	_ = os.Remove(h.path) // fails unless it was left empty
	err = os.Rename(staged, h.path)
	if errors.Is(err, fs.ErrExist) { // includes a folder that is not empty
		return false, nil
	}
	return err == nil, err
}

// takeOver takes the lock of a process that has ended.
func (h heldFolder) takeOver(holder fs.FileInfo) (bool, error) {
	mine := filepath.Join(h.path, h.mine)
	err := os.Rename(filepath.Join(h.path, holder.Name()), mine)
	if errors.Is(err, fs.ErrNotExist) { // another process took it over
		return false, nil
	}
	if err != nil {
		return false, err
	}
	now := time.Now()
	return true, os.Chtimes(mine, now, now) // since when it is held
}

// mostJoins bounds how often the folder may be removed before this process is in it.
const mostJoins = 100

// join adds this process to those that share the lock.
func (h heldFolder) join() error {
	var err error
	for range mostJoins {
		err = retry(func() error { return os.Mkdir(h.path, 0o700) })
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		err = os.WriteFile(filepath.Join(h.path, h.mine), nil, 0o600)
		if !errors.Is(err, fs.ErrNotExist) { // the last of the others has removed the folder
			return err
		}
	}
	return err
}

func (h heldFolder) release() {
	_ = retry(func() error { return os.Remove(filepath.Join(h.path, h.mine)) })
	_ = os.Remove(h.path) // fails if another process has it by now
}

// isHeld reports whether a process has the lock that has not certainly ended.
func (h heldFolder) isHeld() bool {
	holders, err := h.holders()
	for _, holder := range holders {
		if !hasEnded(holder) {
			return true
		}
		_ = os.Remove(filepath.Join(h.path, holder.Name()))
	}
	return err != nil
}

// holders returns the files of those who have the lock. A missing folder has none.
func (h heldFolder) holders() ([]fs.FileInfo, error) {
	entries, err := os.ReadDir(h.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var holders []fs.FileInfo
	for _, entry := range entries {
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) { // released meanwhile
			continue
		}
		if err != nil {
			return nil, err
		}
		holders = append(holders, info)
	}
	return holders, nil
}

func hasEnded(holder fs.FileInfo) bool {
	owner, ok := ownerOf(holder.Name())
	return ok && owner.State(holder.ModTime(), time.Now()) == process.Ended
}

// explain names the process that has the lock.
func (h heldFolder) explain(err error) error {
	holders, readErr := h.holders()
	if readErr != nil || len(holders) == 0 {
		return err
	}
	owner, ok := ownerOf(holders[0].Name())
	if !ok {
		return &waitError{h.path + " is a lock that dxauth did not make; remove it", err}
	}
	return &waitError{fmt.Sprintf("process %d on %s has the lock %s; remove it if that process has ended", owner.PID, owner.Host, h.path), err}
}
