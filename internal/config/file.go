package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"syscall"

	"go.yaml.in/yaml/v3"

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/textinput"
)

// file is config.yaml: one mapping of option names to single values.
type file struct {
	path    string
	entries map[string]entry
	err     error // why it can't be read: it may set anything
}

// entry is a value as it was written, so that 0123 is not read as an octal number.
type entry struct {
	value string
	line  int
}

func (f file) values() map[string]any {
	values := make(map[string]any, len(f.entries))
	for name, e := range f.entries {
		values[name] = e.value
	}
	return values
}

// maxFile bounds what is read of config.yaml, in bytes.
const maxFile = 1 << 20

// readFile reads config.yaml. Without a home directory there is none.
func (f folders) readFile() file {
	if f.config.Value == "" {
		return file{err: f.config.err}
	}
	path := filepath.Join(f.config.Value, FileName)
	content, err := privatefile.ReadRegular(path, maxFile)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return file{path: path}
	case err != nil:
		return file{path: path, err: fmt.Errorf("read settings: %w", err)}
	}
	parsed, err := parseFile(path, content)
	if err != nil {
		return file{path: path, err: err}
	}
	return parsed
}

func parseFile(path string, content []byte) (file, error) {
	_, root, err := readMapping(path, content)
	if err != nil {
		return file{}, err
	}
	f := file{path: path, entries: make(map[string]entry)}
	if root == nil {
		return f, nil
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if err := f.add(key, value); err != nil {
			return file{}, fmt.Errorf("%s:%d: %w", path, key.Line, err)
		}
	}
	return f, nil
}

// decode parses the only document of a file; one without content is empty. What follows a
// line of three dashes would be another document, whose settings had no effect.
func decode(path string, content []byte) (document yaml.Node, err error) {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	if err := decoder.Decode(&document); err != nil {
		return document, explain(path, content, err)
	}
	for {
		var other yaml.Node
		if err := decoder.Decode(&other); err != nil {
			return document, explain(path, content, err)
		}
		if len(other.Content) > 0 && other.Content[0].Tag != "!!null" {
			return document, fmt.Errorf("%s:%d: the settings behind --- would have no effect: keep one document", path, other.Line)
		}
	}
}

// explain returns the error about a file that is not YAML, or nil at its end. An encoding
// that YAML does not know is the reason of any other error.
func explain(path string, content []byte, err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	if _, unknown := textinput.Decode(content); unknown != nil {
		return fmt.Errorf("%s %w", path, unknown)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// add adds one line of the file. Its errors never show the value, which could be a
// misplaced secret.
func (f file) add(key, value *yaml.Node) error {
	if known := fileKeys(); !slices.Contains(known, key.Value) {
		return unknownSetting(key.Value, known)
	}
	if earlier, ok := f.entries[key.Value]; ok {
		return fmt.Errorf("%s is already set in line %d", key.Value, earlier.line)
	}
	if value.Kind != yaml.ScalarNode {
		return fmt.Errorf("%s takes a single value", key.Value)
	}
	if value.Value == "" || value.Tag == "!!null" {
		return fmt.Errorf("%s has no value", key.Value)
	}
	f.entries[key.Value] = entry{value: value.Value, line: key.Line}
	return nil
}

func fileKeys() []string {
	var keys []string
	for _, o := range options() {
		if o.inFile {
			keys = append(keys, o.name)
		}
	}
	slices.Sort(keys)
	return keys
}
