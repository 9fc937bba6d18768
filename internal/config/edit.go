package config

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Keys lists the settings that config.yaml can have.
func Keys() []string { return fileKeys() }

// KeyValues returns what a setting of config.yaml can be, or nil if that can't be
// listed.
func KeyValues(name string) []string {
	for _, o := range options() {
		switch {
		case o.name != name:
		case o.boolean:
			return []string{"true", "false"}
		default:
			return o.values
		}
	}
	return nil
}

// Check returns an error if config.yaml can't have a setting with that value.
func Check(name, value string) error {
	for _, o := range options() {
		if o.name != name || !o.inFile {
			continue
		}
		if value == "" {
			return fmt.Errorf("%s needs a value", name)
		}
		if _, err := o.check(value, Origin{Kind: KindFile}); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	}
	if place := elsewhere(name); place != "" {
		return fmt.Errorf("%s can't be in the settings file: %s", name, place)
	}
	return unknownSetting(name, fileKeys())
}

// elsewhere says with which flag or variable a setting is given that can't be in the file;
// "" for one that can, and for a name that no setting has.
func elsewhere(name string) string {
	for _, o := range options() {
		switch {
		case o.name != name || o.inFile:
		case o.usage != "" && !o.hidden:
			return "give --" + o.flag
		default:
			return "set " + o.env[0]
		}
	}
	if name == keyConfigDir || name == keyStateDir {
		return "set DXAUTH_" + strings.ToUpper(name)
	}
	return ""
}

// ErrUnknown means that there is no setting of a name, or not where it is wanted.
var ErrUnknown = errors.New("unknown setting")

func unknownSetting(name string, known []string) error {
	return fmt.Errorf("%w %q; known are %s", ErrUnknown, name, strings.Join(known, ", "))
}

// Names lists all settings, sorted.
func Names() []string {
	names := []string{keyConfigDir, keyStateDir}
	for _, o := range options() {
		names = append(names, o.name)
	}
	slices.Sort(names)
	return names
}

// Get returns a setting. It returns [ErrUnknown] for a name that no setting has, and
// what is wrong with a wrong one.
func (s Settings) Get(name string) (Setting, error) {
	if !slices.Contains(Names(), name) {
		return Setting{}, unknownSetting(name, Names())
	}
	setting := s.find(name)
	return setting.Setting, setting.err
}

// Set sets a value, which [Check] accepted, in the file at path. Everything else in the
// file stays as it is, comments and wrong settings included.
func Set(ctx context.Context, path, name, value string) error {
	_, err := change(ctx, path, edit{name: name, value: value})
	return err
}

// Unset removes a setting from the file at path, and reports whether it was there. The
// setting may be unknown.
func Unset(ctx context.Context, path, name string) (found bool, err error) {
	return change(ctx, path, edit{name: name, remove: true})
}

// cannotWrite returns the error for a folder in which the settings file can't be written.
func cannotWrite(err error) error {
	return refusal.New(refusal.Internal, "%s", err).Wrap(err).WithHint("name another folder with DXAUTH_CONFIG_DIR")
}

// change edits the file while no other process does, and replaces it as a whole. Of a
// link, what it leads to is replaced.
func change(ctx context.Context, path string, e edit) (found bool, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return false, cannotWrite(fmt.Errorf("make the settings folder: %w", err))
	}
	unlock, err := privatefile.Lock(ctx, filepath.Join(filepath.Dir(path), "config.lock"))
	if err != nil {
		return false, fmt.Errorf("wait for another dxauth that changes %s: %w", path, err)
	}
	defer unlock()
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	before, err := privatefile.ReadRegular(path, maxFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("read settings: %w", err)
	}
	after, found, err := e.apply(path, before)
	if err != nil || bytes.Equal(before, after) {
		return found, err
	}
	// A draft is of a command that was killed.
	if err := errors.Join(privatefile.RemoveDrafts(path), privatefile.Replace(path, after)); err != nil {
		return found, cannotWrite(fmt.Errorf("write %s: %w", path, err))
	}
	return found, nil
}

// edit is one change of a settings file.
type edit struct {
	name, value string
	remove      bool
}

// apply returns the content after the change, and whether the setting was there. It
// changes the line of the setting only; if the file is written in a form in which that
// does not do, the file is written anew, with its comments.
func (e edit) apply(path string, before []byte) (after []byte, found bool, err error) {
	was, err := readPairs(path, before)
	if err != nil {
		return nil, false, err
	}
	_, found = was[e.name]
	if e.remove && !found {
		return before, false, nil
	}
	want := maps.Clone(was)
	if want == nil {
		want = map[string]string{}
	}
	want[e.name] = e.value
	if e.remove {
		delete(want, e.name)
	}
	for _, way := range []func([]byte) ([]byte, error){e.inLine, e.anew} {
		after, err := way(before)
		if err != nil {
			continue
		}
		if got, err := readPairs(path, after); err == nil && maps.Equal(got, want) {
			return after, found, nil
		}
	}
	return nil, found, fmt.Errorf("%s can't be changed without changing more of it; edit it by hand", path)
}

// readPairs reads the settings of a file, known or not.
func readPairs(path string, content []byte) (map[string]string, error) {
	_, root, err := readMapping(path, content)
	if err != nil || root == nil {
		return nil, err
	}
	pairs := map[string]string{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if _, twice := pairs[key.Value]; twice || value.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("%s:%d: %s is not one setting with one value; edit the file by hand", path, key.Line, key.Value)
		}
		pairs[key.Value] = value.Value
	}
	return pairs, nil
}

// readMapping parses a file. The root is nil if there is nothing but comments.
func readMapping(path string, content []byte) (document yaml.Node, root *yaml.Node, err error) {
	if document, err = decode(path, content); err != nil {
		return document, nil, err
	}
	if len(document.Content) == 0 {
		return document, nil, nil
	}
	if root = document.Content[0]; root.Kind != yaml.MappingNode {
		return document, nil, fmt.Errorf("%s:%d: expected lines of the form name: value", path, root.Line)
	}
	return document, root, nil
}

// inLine changes, removes or adds one line.
func (e edit) inLine(content []byte) ([]byte, error) {
	_, root, err := readMapping("", content)
	if err != nil {
		return nil, err
	}
	lines := strings.SplitAfter(string(content), "\n")
	if line, found := e.findLine(root); found {
		switch {
		case line > len(lines):
			return nil, errors.New("the setting is not in a line of its own")
		case e.remove:
			lines = slices.Delete(lines, line-1, line)
		default:
			lines[line-1] = e.line() + trailing(lines[line-1])
		}
		return []byte(strings.Join(lines, "")), nil
	}
	text := string(content)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return []byte(text + e.line() + "\n"), nil
}

func (e edit) findLine(root *yaml.Node) (line int, found bool) {
	if root == nil {
		return 0, false
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == e.name {
			return root.Content[i].Line, true
		}
	}
	return 0, false
}

// trailing returns the comment and the end of a line.
func trailing(line string) string {
	text := strings.TrimRight(line, "\r\n")
	end := line[len(text):]
	if at := strings.LastIndex(text, " #"); at >= 0 {
		return text[len(strings.TrimRight(text[:at], " \t")):] + end
	}
	return end
}

// line returns the setting as a line of the file, with quotes only if it needs them.
func (e edit) line() string {
	plain := e.name + ": " + e.value
	if pairs, err := readPairs("", []byte(plain)); err == nil && len(pairs) == 1 && pairs[e.name] == e.value && !isNull(plain) {
		return plain
	}
	quoted, _ := json.Marshal(e.value) // a string never fails; YAML reads it as JSON does
	return e.name + ": " + string(quoted)
}

func isNull(line string) bool {
	_, root, err := readMapping("", []byte(line))
	return err != nil || root == nil || root.Content[1].Tag == "!!null"
}

// anew changes the parsed file and writes it again.
func (e edit) anew(content []byte) ([]byte, error) {
	document, root, err := readMapping("", content)
	if err != nil || root == nil {
		return nil, errors.Join(err, errors.New("nothing to change"))
	}
	_, parsed, err := readMapping("", []byte(e.line()))
	if err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value != e.name {
			continue
		}
		if e.remove {
			root.Content = slices.Delete(root.Content, i, i+2)
		} else {
			root.Content[i+1] = parsed.Content[1]
		}
		return yaml.Marshal(&document)
	}
	root.Content = append(root.Content, parsed.Content...)
	return yaml.Marshal(&document)
}
