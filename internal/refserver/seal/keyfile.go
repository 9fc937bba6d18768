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

// createKeyFile never replaces a file: a key that is overwritten takes all that
// it sealed with it. It returns nil if another process made the file first.
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
