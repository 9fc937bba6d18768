package apitoken

import (
	"fmt"

	"github.com/dxauth/dxauth/internal/platform"
)

// MinID is how much of an ID is enough to name a token.
const MinID = 4

// shownDigits is how much of an ID is shown where that is clear.
const shownDigits = 12

// ShortID is an ID as a sentence has it.
func ShortID(id string) string { return id[:min(shownDigits, len(id))] }

// ShortIDs shortens each ID as far as it stays clear in the list.
func ShortIDs(ids []string) map[string]string {
	holders := map[string]int{}
	for _, id := range ids {
		holders[ShortID(id)]++
	}
	short := map[string]string{}
	for _, id := range ids {
		short[id] = id
		if holders[ShortID(id)] == 1 {
			short[id] = ShortID(id)
		}
	}
	return short
}

// Text names a token in a sentence.
func Text(t platform.Token) string {
	if t.Name == "" {
		return ShortID(t.ID)
	}
	return fmt.Sprintf("'%s' (%s)", t.Name, ShortID(t.ID))
}
