package dnanexus

import "slices"

// Level is a permission level on a project.
type Level string

// The permission levels, from least to most.
const (
	LevelNone       Level = "NONE"
	LevelView       Level = "VIEW"
	LevelUpload     Level = "UPLOAD"
	LevelContribute Level = "CONTRIBUTE"
	LevelAdminister Level = "ADMINISTER"
)

// Levels returns the levels that can be granted, from least to most.
func Levels() []Level {
	return []Level{LevelView, LevelUpload, LevelContribute, LevelAdminister}
}

// Valid reports whether the level can be granted.
func (l Level) Valid() bool { return slices.Contains(Levels(), l) }
