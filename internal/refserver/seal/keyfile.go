package seal

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/dxauth/dxauth/internal/privatefile"
)

// Errors of Load and Read. They are wrapped with the path.
var (
	// ErrKeyFileExposed means that users other than the owner can read or change it.
	ErrKeyFileExposed = errors.New("key file is accessible to other users (run chmod 600 on it; if they may have read it, create a new key)")
	// ErrKeyFileContent means that the file holds anything but one key.
	ErrKeyFileContent = errors.New("key file must hold 32 bytes, raw or in base64")
)

// maxKeyFileBytes is more than any key file has. It keeps Read from reading a large
// file that was named by mistake.
const maxKeyFileBytes = 256

// Load is like [Read], but creates a missing file with a new key from random. If
// several processes start at once, one creates it and all use it.
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

// Read reads the key in the file at path: 32 bytes, raw or in standard base64.
//
// The file may be a symbolic link, as mounted secrets are: the mode of its target
// counts. The errors are [ErrKeyFileExposed], [ErrKeyFileContent] and those of the
// file system.
func Read(path string) (Key, error) {
	material, err := readKeyFile(path)
	if err != nil {
		return Key{}, fmt.Errorf("load key file %s: %w", path, err)
	}
	return newKey(material)
}

func readKeyFile(path string) ([]byte, error) {
	content, err := privatefile.ReadMounted(path, maxKeyFileBytes)
	var unsafe *privatefile.UnsafeError
	switch {
	case errors.Is(err, privatefile.ErrExposed):
		return nil, ErrKeyFileExposed
	case errors.As(err, &unsafe):
		return nil, ErrKeyFileContent
	case err != nil:
		return nil, err
	}
	return parseKey(content)
}

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

// createKeyFile never replaces a file: without the old key, its values cannot be opened. It
// returns nil if another process created the file first.
func createKeyFile(path string, random io.Reader) error {
	material, err := drawKey(random)
	if err != nil {
		return err
	}
	err = privatefile.Add(path, []byte(base64.StdEncoding.EncodeToString(material)+"\n"))
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}
