//go:build race

package dnanexus_test

// usualRounds is small here: the race detector slows the store down thirtyfold.
// "make races" does fifty without it.
const usualRounds = 2
