// Package example has the types of the tests of package jsonschema. They are here because
// the source of tests is not read.
package example

import "time"

// Kind says what it is.
type Kind string

// The kinds.
const (
	Small Kind = "small"
	Large Kind = "large"
)

// Size is a size in bytes.
type Size int64

// Result has a field of each kind.
type Result struct {
	ID     string          `json:"id"` // of the thing; empty: none
	Kind   Kind            `json:"kind"`
	Other  *Kind           `json:"other"` // null: none
	Size   *Size           `json:"size"`
	Parts  []Part          `json:"parts"`
	Levels map[string]bool `json:"levels"`
	// Above the field.
	Done  bool   `json:"done"`
	Inner string `json:"-"`
}

// Part is a part.
type Part struct {
	Count int `json:"count"`
}

// The types that have no schema.
type (
	Optional struct {
		ID string `json:"id,omitempty"`
	}
	Nameless struct{ ID string }
	Timed    struct {
		At time.Time `json:"at"`
	}
	Float struct {
		Share float64 `json:"share"`
	}
)
