package main

import (
	"os"
	"strings"
	"testing"
)

func scalingPage(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile("../../../" + scalingPath)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// The tables of docs/scaling.md follow from its figures and assumptions.
func TestScalingFollowsFromItsFigures(t *testing.T) {
	page := scalingPage(t)
	want := strings.Split(recomputed(page), "\n")
	for i, line := range strings.Split(page, "\n") {
		if line != want[i] {
			t.Errorf("line %d is\n%s\nand should be, by \"make bench-scaling\",\n%s", i+1, line, want[i])
		}
	}
}

// A run replaces each figure, and what follows from it.
func TestScalingIsMeasuredAnew(t *testing.T) {
	page := scalingPage(t)
	measured := result{}
	for unit := range measuredFigures() {
		measured[unit] = 2
	}
	changed, err := withMeasured(page, measured)
	if err != nil {
		t.Fatal(err)
	}
	changed = recomputed(changed)
	for _, name := range measuredFigures() {
		if !strings.Contains(changed, "| "+name+" | 2 |\n") {
			t.Errorf("the page has another figure for %s", name)
		}
	}
	const hashes = "| of these for password hashes | 0.0000014 | 0.000014 | 0.00014 | 0.0014 |\n" // 0.69 sign-ins a second, 2 µs each
	if !strings.Contains(changed, hashes) || !strings.Contains(changed, "A sign-in takes 0.002 ms") {
		t.Errorf("the page has\n%s\nwithout\n%s", changed, hashes)
	}
	delete(measured, "audit-bytes")
	if _, err := withMeasured(page, measured); err == nil || !strings.Contains(err.Error(), "no audit-bytes") {
		t.Errorf("got %v for a figure that is missing", err)
	}
}
