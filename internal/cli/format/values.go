package format

import (
	"strings"
	"time"
)

// Millis is a time in milliseconds since 1970.
type Millis int64

// MillisOf returns a time as commands print it as JSON.
func MillisOf(t time.Time) Millis { return Millis(t.UnixMilli()) }

// OrNull returns a time as commands print it as JSON, or nil, which is null, for the
// zero time.
func OrNull(t time.Time) *Millis {
	if t.IsZero() {
		return nil
	}
	return new(MillisOf(t))
}

// SecondsOrNull returns a limit in seconds, or nil if there is no limit.
func SecondsOrNull(limit time.Duration) *int64 {
	if limit <= 0 {
		return nil
	}
	seconds := int64(limit / time.Second)
	return &seconds
}

// OrNone returns the text, or None if it is empty, as dx does.
func OrNone(text string) string {
	if text == "" {
		return "None"
	}
	return text
}

// Capitalized returns a text with its first letter as a capital, to show an error
// as a sentence.
func Capitalized(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
