package dnanexus

import "encoding/json"

// idCursor is what "next" holds where a page goes on behind an ID.
type idCursor struct {
	ID string `json:"id"`
}

// readPage reads how much is asked for and from where.
func readPage(limit *int, starting json.RawMessage, count *int, after *string) error {
	*count = maxPage
	if limit != nil {
		*count = *limit
	}
	if *count < 1 || *count > maxPage {
		return inputError("limit", "an integer from 1 to 1000")
	}
	if len(starting) == 0 || string(starting) == "null" {
		return nil
	}
	var start idCursor
	if err := json.Unmarshal(starting, &start); err != nil || start.ID == "" {
		return inputError("starting", `the "next" of an earlier answer`)
	}
	*after = start.ID
	return nil
}

// nextPage writes where the next page begins; null at the end.
func nextPage(after string) (json.RawMessage, error) {
	if after == "" {
		return json.RawMessage("null"), nil
	}
	return json.Marshal(idCursor{after})
}
