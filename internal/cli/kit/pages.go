package kit

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
)

// errPageAgain means a server that gives a page of a list twice.
var errPageAgain = errors.New("the server answers the same page of a list again and again")

// NextPage makes nil of the null at the end of a list.
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
			return list, errPageAgain
		}
		cursor = next
	}
}
