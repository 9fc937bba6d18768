package kit

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"

	"github.com/dxauth/dxauth/internal/refusal"
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

// What a list may hold; beyond that a server has none that a command can use.
const (
	maxItems = 100_000
	maxPages = 1_000
	maxBytes = 64 << 20 // of the items as JSON

	// maxEmpty is how many pages in a row may be without an item: a server that ends
	// a page when a budget is spent has some.
	maxEmpty = 100
)

// errCut means that a list is incomplete because its end is not worth waiting for.
var errCut = refusal.New(refusal.Network, "the server's list is too long and was cut")

// Page fetches the next page of a list that has items, or else the last one. If too
// many pages have none, it returns an error for which [Console.ShowCut] warns.
func Page[T any](cursor json.RawMessage, fetch func(cursor json.RawMessage) (page []T, next json.RawMessage, err error)) ([]T, json.RawMessage, error) {
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
	return nil, nil, errCut
}

// Pages fetches pages of a list until there are enough items, or all. If the list is
// longer than any list may be, it returns the first items and an error, for which
// [Console.ShowCut] warns if the items are only shown.
func Pages[T any](enough int, fetch func(cursor json.RawMessage) (page []T, next json.RawMessage, err error)) ([]T, error) {
	var list []T
	var cursor json.RawMessage
	left := budget{pages: maxPages, bytes: maxBytes}
	for {
		page, next, err := Page(cursor, fetch)
		list = append(list, page...)
		switch {
		case err != nil:
			return list, err
		case len(list) > maxItems && enough > maxItems:
			return list[:maxItems], errCut
		case next == nil || len(list) >= enough:
			return list, nil
		case bytes.Equal(next, cursor):
			return list, errSamePage
		case !left.take(page):
			return list, errCut
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

// ShowCut warns if err says that a list was cut, and returns any other error.
func (c *Console) ShowCut(err error) error {
	if !errors.Is(err, errCut) {
		return err
	}
	c.Warn("the server's list is too long and was cut; not all entries are shown")
	return nil
}
