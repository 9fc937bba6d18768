//go:build race

package dnanexus_test

// usualRounds is small because the race detector slows the store down thirtyfold.
// "make races" runs fifty rounds without it.
const usualRounds = 2
