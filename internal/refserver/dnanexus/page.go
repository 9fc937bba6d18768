package dnanexus

import (
	"encoding/json"
	"fmt"
)

// maxPage is how many results are on a page at most, and where nobody says how
// many. Tokens have a bound of their own.
const maxPage = 1000

// limitOf reads how many results are asked for; without a number it is the most.
func limitOf(asked *int, most int) (int, error) {
	if asked == nil {
		return most, nil
	}
	if *asked < 1 || *asked > most {
		return 0, inputError("limit", fmt.Sprintf("an integer from 1 to %d", most))
	}
	return *asked, nil
}

// cursor is what "next" holds: the place behind which a list goes on. The zero
// value, at the beginning, is not valid.
type cursor interface{ isValid() bool }

// startOf reads the "next" of an earlier answer; without one it is the zero value.
func startOf[C cursor](starting json.RawMessage) (start C, err error) {
	if len(starting) == 0 || string(starting) == "null" {
		return start, nil
	}
	if err := json.Unmarshal(starting, &start); err != nil || !start.isValid() {
		return start, inputError("starting", `the "next" of an earlier answer`)
	}
	return start, nil
}

// nextOf writes where the next page begins; null at the end.
func nextOf(c cursor) (json.RawMessage, error) {
	if !c.isValid() {
		return json.RawMessage("null"), nil
	}
	return json.Marshal(c)
}

// idCursor is a place in a list by IDs.
type idCursor struct {
	ID string `json:"id"`
}

func (c idCursor) isValid() bool { return c.ID != "" }

// idPage reads how much of a list by IDs is asked for, and behind which.
func idPage(asked *int, starting json.RawMessage) (limit int, after string, err error) {
	if limit, err = limitOf(asked, maxPage); err != nil {
		return 0, "", err
	}
	start, err := startOf[idCursor](starting)
	return limit, start.ID, err
}
