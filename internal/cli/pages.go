package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
)

// errPageAgain means a server that would have a list go on for ever.
var errPageAgain = errors.New("the server answers the same page of a list again and again")

// nextPage makes nil of the null at the end of a list.
func nextPage(next json.RawMessage) json.RawMessage {
	if string(next) == "null" {
		return nil
	}
	return next
}

// allPages fetches a whole list.
func allPages[T any](fetch func(cursor json.RawMessage) (page []T, next json.RawMessage, err error)) ([]T, error) {
	return pagesOf(math.MaxInt, fetch)
}

// pagesOf fetches pages of a list until there are enough items, or all.
func pagesOf[T any](enough int, fetch func(cursor json.RawMessage) (page []T, next json.RawMessage, err error)) ([]T, error) {
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
