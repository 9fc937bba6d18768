package kit

import (
	"encoding/json"
	"errors"
	"testing"
)

// TestPagesWithoutEnd checks that a server can't keep a command in a loop.
func TestPagesWithoutEnd(t *testing.T) {
	asked := 0
	samePage := func(json.RawMessage) ([]int, json.RawMessage, error) {
		asked++
		return []int{asked}, json.RawMessage(`"again"`), nil
	}
	if _, err := Pages(10, samePage); !errors.Is(err, errSamePage) || asked != 2 {
		t.Errorf("after %d pages: %v", asked, err)
	}
	if list, err := Pages(1, samePage); err != nil || len(list) != 1 {
		t.Errorf("%v, %v, want one page", list, err)
	}
}
