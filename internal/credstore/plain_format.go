package credstore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/dxauth/dxauth/pkg/secret"
)

// plainVersion is the version of the format. A file with another one is
// refused, never converted.
const plainVersion = 1

// plainItems are the items of a plain file by Key.String.
type plainItems map[string]secret.Text

// plainDocument is the JSON of the file.
type plainDocument struct {
	Version int               `json:"version"`
	Items   map[string]string `json:"items"`
}

// errMalformed carries nothing of what was read: it may be a secret.
var errMalformed = errors.New("malformed credential file")

func encodePlain(items plainItems) ([]byte, error) {
	document := plainDocument{Version: plainVersion, Items: make(map[string]string, len(items))}
	for name, value := range items {
		document.Items[name] = value.Reveal()
	}
	content, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encoding the plain credential file: %w", err)
	}
	return append(content, '\n'), nil
}

// decodePlain takes exactly what encodePlain gives, in any layout.
func decodePlain(content []byte) (plainItems, error) {
	var document plainDocument
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&document); err != nil {
		return nil, errMalformed
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errMalformed
	}
	if document.Version != plainVersion || document.Items == nil {
		return nil, errMalformed
	}
	items := make(plainItems, len(document.Items))
	for name, value := range document.Items {
		items[name] = secret.New(value)
	}
	return items, nil
}
