package testfuzz

import (
	"fmt"
	"testing"
)

// The copies are the same each time, and of many kinds.
func TestCopiesOfASeed(t *testing.T) {
	seed := []any{"name=value", []byte(`{"a": [1, 2]}`), true}
	first, again := newMutator("FuzzX", seed), newMutator("FuzzX", seed)
	different := map[string]bool{}
	for range copies {
		one, other := fmt.Sprintf("%q", first.changed(seed)), fmt.Sprintf("%q", again.changed(seed))
		if one != other {
			t.Fatalf("%s, and then %s", one, other)
		}
		different[one] = true
	}
	if len(different) < copies/2 {
		t.Errorf("%d copies are %d different ones", copies, len(different))
	}
	if got := fmt.Sprintf("%q", seed); got != `["name=value" "{\"a\": [1, 2]}" %!q(bool=true)]` {
		t.Errorf("the seed has become %s", got)
	}
}

// An empty seed has copies, too.
func TestCopiesOfNothing(t *testing.T) {
	m := newMutator("FuzzX", []any{""})
	different := map[string]bool{}
	for range copies {
		different[fmt.Sprintf("%q", m.changed([]any{""}))] = true
	}
	if len(different) < 2 {
		t.Errorf("all copies are %v", different)
	}
}

// A target runs with the seed and its copies.
func FuzzAdd(f *testing.F) {
	runs := 0
	Add(f, "seed")
	f.Fuzz(func(_ *testing.T, _ string) { runs++ })
	if runs != 1+copies {
		f.Errorf("the target ran %d times", runs)
	}
}
