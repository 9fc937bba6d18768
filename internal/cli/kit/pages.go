package kit

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
)

// errSamePage means that a server returned the same page of a list twice.
var errSamePage = errors.New("the server keeps returning the same page of a list")

// NextPage returns the cursor of the next page, or nil if it is JSON's null, as
// at the end of a list.
func NextPage(next json.RawMessage) json.RawMessage {
	if string(next) == "null" {
		return nil
	}
	return next
}

// AllPages fetches a whole list.
func AllPages[T any](fetch func(cursor json.RawMessage) (page []T, next json.RawMessage, err error)) ([]T, error) {
	return Pages(math.MaxInt, fetch)
}

// Pages fetches pages of a list until there are enough items, or all.
func Pages[T any](enough int, fetch func(cursor json.RawMessage) (page []T, next json.RawMessage, err error)) ([]T, error) {
	var list []T
	var cursor json.RawMessage
	for {
		page, next, err := fetch(cursor)
		list = append(list, page...)
		switch {
		case err != nil || next == nil || len(list) >= enough:
			return list, err
		case bytes.Equal(next, cursor):
			return list, errSamePage
		}
		cursor = next
	}
}
