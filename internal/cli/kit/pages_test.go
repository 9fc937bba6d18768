package kit

import (
	"encoding/json"
	"errors"
	"testing"
)

// TestPagesWithoutEnd: a server must not keep a command for ever.
func TestPagesWithoutEnd(t *testing.T) {
	asked := 0
	again := func(json.RawMessage) ([]int, json.RawMessage, error) {
		asked++
		return []int{asked}, json.RawMessage(`"again"`), nil
	}
	if _, err := Pages(10, again); !errors.Is(err, errPageAgain) || asked != 2 {
		t.Errorf("after %d pages: %v", asked, err)
	}
	if list, err := Pages(1, again); err != nil || len(list) != 1 {
		t.Errorf("%v, %v, want one page", list, err)
	}
}
