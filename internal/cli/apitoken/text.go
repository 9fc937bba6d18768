package apitoken

import (
	"fmt"
	"time"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/platform"
)

// MinID is the least number of digits of an ID that can name a token.
const MinID = 4

// shownDigits is the length of a shortened ID.
const shownDigits = 12

// ShortID returns an ID as messages show it.
func ShortID(id string) string { return id[:min(shownDigits, len(id))] }

// ShortIDs shortens each ID that stays unique in the list.
func ShortIDs(ids []string) map[string]string {
	count := map[string]int{}
	for _, id := range ids {
		count[ShortID(id)]++
	}
	short := map[string]string{}
	for _, id := range ids {
		short[id] = id
		if count[ShortID(id)] == 1 {
			short[id] = ShortID(id)
		}
	}
	return short
}

// Text returns a token's name and ID as messages show them.
func Text(t platform.Token) string {
	if t.Name == "" {
		return ShortID(t.ID)
	}
	return fmt.Sprintf("'%s' (%s)", t.Name, ShortID(t.ID))
}

// UsedText says when and from where a token was last used.
func UsedText(t platform.Token, now time.Time) string {
	switch {
	case t.UseUnknown:
		return "last use unknown"
	case t.LastUsed.IsZero():
		return "never used"
	}
	text := "last used " + format.AgoText(t.LastUsed, now)
	if t.Address != "" {
		text += " from " + t.Address
	}
	return text
}
