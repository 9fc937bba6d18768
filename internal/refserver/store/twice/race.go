//go:build race

package twice

const raceDetector = true
