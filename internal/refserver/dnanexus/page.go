package dnanexus

import (
	"encoding/json"
	"fmt"

	"github.com/dxauth/dxauth/internal/refserver/budget"
)

// maxPage is the maximum and default number of results on a page. Tokens have their
// own maximum.
const maxPage = 1000

// limitOf returns the number of results asked for; the default is the maximum.
func limitOf(asked *int, most int) (int, error) {
	if asked == nil {
		return most, nil
	}
	if *asked < 1 || *asked > most {
		return 0, inputError("limit", fmt.Sprintf("an integer from 1 to %d", most))
	}
	return *asked, nil
}

// cursor is the content of "next": the position after which the next page starts.
// The zero value is the start of the list and not valid in a request.
type cursor interface{ isValid() bool }

// startOf decodes the "next" of an earlier page; without one it returns the zero
// value.
func startOf[C cursor](starting json.RawMessage) (start C, err error) {
	if len(starting) == 0 || string(starting) == "null" {
		return start, nil
	}
	if err := json.Unmarshal(starting, &start); err != nil || !start.isValid() {
		return start, inputError("starting", `the "next" of an earlier answer`)
	}
	return start, nil
}

// nextOf encodes where the next page starts; null at the end.
func nextOf(c cursor) (json.RawMessage, error) {
	if !c.isValid() {
		return json.RawMessage("null"), nil
	}
	return json.Marshal(c)
}

// fitting returns as many of the results as fit into a page of MaxBytes, at least one,
// and the "next" of that page: of next if all fit, else of the cursor behind the last one.
func fitting[T any](results []T, next cursor, behind func(i int) cursor) ([]T, json.RawMessage, error) {
	bytes := 0
	for i := range results {
		encoded, err := json.Marshal(results[i])
		if err != nil {
			return nil, nil, err
		}
		if bytes += len(encoded); i > 0 && bytes > budget.MaxBytes {
			results, next = results[:i], behind(i-1)
			break
		}
	}
	encoded, err := nextOf(next)
	return results, encoded, err
}

// idCursor is a position in a list ordered by ID.
type idCursor struct {
	ID string `json:"id"`
}

func (c idCursor) isValid() bool { return c.ID != "" }

// idPage returns the page size of a list ordered by ID, and the ID after which it
// starts.
func idPage(asked *int, starting json.RawMessage) (limit int, after string, err error) {
	if limit, err = limitOf(asked, maxPage); err != nil {
		return 0, "", err
	}
	start, err := startOf[idCursor](starting)
	return limit, start.ID, err
}
