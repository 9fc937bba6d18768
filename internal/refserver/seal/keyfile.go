package seal

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Errors of Load. They come wrapped, with the path.
var (
	// ErrKeyFileExposed means that others than its owner may use the file.
	ErrKeyFileExposed = errors.New("key file is open to others than its owner (chmod 600 it, and make a new key if they may have read it)")
	// ErrKeyFileContent means that the file holds anything but one key.
	ErrKeyFileContent = errors.New("key file must hold 32 bytes, as they are or in base64")
)

// maxKeyFileBytes is more than any key file has, so that Load never reads a
// large file that was named by mistake.
const maxKeyFileBytes = 256

// Load is [Read], but makes a file that does not exist, with a new key from
// random; of several processes that start at once, one makes it and all use it.
func Load(path string, random io.Reader) (Key, error) {
	key, err := Read(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := createKeyFile(path, random); err != nil {
		return Key{}, fmt.Errorf("create key file %s: %w", path, err)
	}
	return Read(path)
}

// Read reads the key in the file at path: 32 bytes, as they are or in standard
// base64.
//
// The file may be a symbolic link, as mounted secrets are; what counts is the
// mode of the file at its end. The errors are [ErrKeyFileExposed],
// [ErrKeyFileContent] and those of the file system.
func Read(path string) (Key, error) {
	material, err := readKeyFile(path)
	if err != nil {
		return Key{}, fmt.Errorf("load key file %s: %w", path, err)
	}
	return newKey(material)
}

func readKeyFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := checkKeyFile(file); err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(file, maxKeyFileBytes+1))
	if err != nil {
		return nil, err
	}
	return parseKey(content)
}

// checkKeyFile looks at the open file, not at its name, which may have come to
// mean another file meanwhile.
func checkKeyFile(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return ErrKeyFileContent
	}
	if hasModes() && info.Mode().Perm()&0o077 != 0 {
		return ErrKeyFileExposed
	}
	return nil
}

// hasModes reports whether the permission bits of a file mean anything here.
func hasModes() bool { return runtime.GOOS != "windows" }

func parseKey(content []byte) ([]byte, error) {
	if len(content) == keyBytes {
		return content, nil
	}
	material, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(content)))
	if err != nil || len(material) != keyBytes {
		return nil, ErrKeyFileContent
	}
	return material, nil
}

// createKeyFile makes the file whole or not at all, and never replaces one: a
// key that is overwritten takes all that it sealed with it. That somebody else
// made the file first is no error.
func createKeyFile(path string, random io.Reader) error {
	material, err := drawKey(random)
	if err != nil {
		return err
	}
	draft, err := writeDraft(filepath.Dir(path), base64.StdEncoding.EncodeToString(material)+"\n")
	if err != nil {
		return err
	}
	defer os.Remove(draft)
	// Unlike a rename, a link fails when the name is taken.
	if err := os.Link(draft, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// writeDraft writes content to a new file in dir, mode 0600, and returns its
// name when the content is on the disk.
func writeDraft(dir, content string) (string, error) {
	file, err := os.CreateTemp(dir, ".key-*")
	if err != nil {
		return "", err
	}
	_, writeErr := file.WriteString(content)
	err = errors.Join(writeErr, file.Chmod(0o600), file.Sync(), file.Close())
	if err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

// syncDir makes a new name in dir last. Windows has no such call.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	handle, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(handle.Sync(), handle.Close())
}
