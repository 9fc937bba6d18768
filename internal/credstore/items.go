package credstore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/dxauth/dxauth/pkg/secret"
)

// itemsVersion is the version of the document. A newer one is refused.
const itemsVersion = 1

// items are the items of a file by Key.String.
type items map[string]secret.Text

// document is the JSON that the files hold, one of them encrypted.
type document struct {
	Version int               `json:"version"`
	Items   map[string]string `json:"items"`
}

// errMalformed does not quote the content, which may be a secret.
var errMalformed = errors.New("malformed credential file")

// errNewer means that a newer version of the program wrote the document.
var errNewer = errors.New("credential file of a newer version")

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

// decodeItems reads exactly what encodeItems writes, in any layout. It returns
// errNewer for a document of a later version, and errMalformed for anything else.
func decodeItems(content []byte) (items, error) {
	var later struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(content, &later); err == nil && later.Version > itemsVersion {
		return nil, errNewer
	}
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
