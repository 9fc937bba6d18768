package idtoken

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"
	"time"
)

// audience is for whom a token was made: one name or a list of them.
type audience []string

// UnmarshalJSON reads both forms (RFC 7519, section 4.1.3).
func (a *audience) UnmarshalJSON(text []byte) error {
	if jsontext.Value(text).Kind() == '"' {
		*a = audience{""}
		return json.Unmarshal(text, &(*a)[0])
	}
	return json.Unmarshal(text, (*[]string)(a))
}

// moment is a time as RFC 7519 writes it: seconds since 1970, perhaps with a fraction.
type moment struct{ time.Time }

// The latest moment that is accepted: the end of the year 9999.
const latest = 253402300799

// UnmarshalJSON returns an error for what is not a time between 1970 and 9999.
func (m *moment) UnmarshalJSON(text []byte) error {
	var seconds float64
	if err := json.Unmarshal(text, &seconds); err != nil {
		return err
	}
	if seconds <= 0 || seconds > latest {
		return errors.New("not a time")
	}
	m.Time = time.Unix(int64(seconds), 0)
	return nil
}

// yesOrNo is a boolean, which some providers write as a string.
type yesOrNo bool

// UnmarshalJSON takes true and "true" for yes, and everything else for no.
func (y *yesOrNo) UnmarshalJSON(text []byte) error {
	*y = string(text) == "true" || string(text) == `"true"`
	return nil
}
