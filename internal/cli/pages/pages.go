// Package pages fetches the lists that servers return page by page.
//
// It promises that a list ends, whatever a server returns: the same cursor again, pages
// without an item, and pages without end are errors. A list is fetched only as far as
// the command needs it, and one that is longer than any list may be is cut, with
// [ErrCut] beside the items, so that a command can show them and say so.
package pages

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"

	"github.com/dxauth/dxauth/internal/refusal"
)

// errSamePage means that a server returned the same page of a list twice.
var errSamePage = errors.New("the server keeps returning the same page of a list")

// Next returns the cursor of the next page, or nil if it is JSON's null, as
// at the end of a list.
func Next(next json.RawMessage) json.RawMessage {
	if string(next) == "null" {
		return nil
	}
	return next
}

// All fetches a whole list.
func All[T any](fetch func(cursor json.RawMessage) (page []T, next json.RawMessage, err error)) ([]T, error) {
	return First(math.MaxInt, fetch)
}

// What a list may hold; beyond that a server has none that a command can use.
const (
	maxItems = 100_000
	maxPages = 1_000
	maxBytes = 64 << 20 // of the items as JSON

	// maxEmpty is how many pages in a row may be without an item: a server that ends
	// a page when a budget is spent has some.
	maxEmpty = 100
)

// ErrCut means that a list is incomplete because its end is not worth waiting for.
var ErrCut = &refusal.Error{Code: refusal.Network, Message: "the server's list is too long and was cut"}

// One fetches the next page of a list that has items, or else the last one. If too
// many pages have none, it returns ErrCut.
func One[T any](cursor json.RawMessage, fetch func(cursor json.RawMessage) (page []T, next json.RawMessage, err error)) ([]T, json.RawMessage, error) {
	for range maxEmpty {
		page, next, err := fetch(cursor)
		switch {
		case err != nil || len(page) > 0 || next == nil:
			return page, next, err
		case bytes.Equal(next, cursor):
			return nil, nil, errSamePage
		}
		cursor = next
	}
	return nil, nil, ErrCut
}

// First fetches pages of a list until there are enough items, or all. If the list is
// longer than any list may be, it returns the first items and ErrCut.
func First[T any](enough int, fetch func(cursor json.RawMessage) (page []T, next json.RawMessage, err error)) ([]T, error) {
	var list []T
	var cursor json.RawMessage
	left := budget{pages: maxPages, bytes: maxBytes}
	for {
		page, next, err := One(cursor, fetch)
		list = append(list, page...)
		switch {
		case err != nil:
			return list, err
		case len(list) > maxItems && enough > maxItems:
			return list[:maxItems], ErrCut
		case next == nil || len(list) >= enough:
			return list, nil
		case bytes.Equal(next, cursor):
			return list, errSamePage
		case !left.take(page):
			return list, ErrCut
		}
		cursor = next
	}
}

// budget is what a list may still take.
type budget struct{ pages, bytes int }

// take reports whether there is something left after a page.
func (b *budget) take(page any) bool {
	encoded, err := json.Marshal(page)
	b.pages, b.bytes = b.pages-1, b.bytes-len(encoded)
	return err == nil && b.pages > 0 && b.bytes > 0
}
