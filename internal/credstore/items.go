package credstore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/dxauth/dxauth/pkg/secret"
)

// itemsVersion is the version of the document. Another one is refused, never
// converted.
const itemsVersion = 1

// items are the items of a file by Key.String.
type items map[string]secret.Text

// document is the JSON that the files hold, one of them encrypted.
type document struct {
	Version int               `json:"version"`
	Items   map[string]string `json:"items"`
}

// errMalformed carries nothing of what was read: it may be a secret.
var errMalformed = errors.New("malformed credential file")

func encodeItems(items items) ([]byte, error) {
	d := document{Version: itemsVersion, Items: make(map[string]string, len(items))}
	for name, value := range items {
		d.Items[name] = value.Reveal()
	}
	content, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encoding the credential file: %w", err)
	}
	return append(content, '\n'), nil
}

// decodeItems takes exactly what encodeItems gives, in any layout.
func decodeItems(content []byte) (items, error) {
	var d document
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return nil, errMalformed
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errMalformed
	}
	if d.Version != itemsVersion || d.Items == nil {
		return nil, errMalformed
	}
	found := make(items, len(d.Items))
	for name, value := range d.Items {
		found[name] = secret.New(value)
	}
	return found, nil
}
