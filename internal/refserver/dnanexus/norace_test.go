//go:build !race

package dnanexus_test

const usualRounds = 10
