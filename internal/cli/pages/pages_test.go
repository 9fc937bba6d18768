package pages

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"
)

// TestPagesWithoutEnd checks that a server can't keep a command in a loop.
func TestPagesWithoutEnd(t *testing.T) {
	asked := 0
	samePage := func(json.RawMessage) ([]int, json.RawMessage, error) {
		asked++
		return []int{asked}, json.RawMessage(`"again"`), nil
	}
	if _, err := First(10, samePage); !errors.Is(err, errSamePage) || asked != 2 {
		t.Errorf("after %d pages: %v", asked, err)
	}
	if list, err := First(1, samePage); err != nil || len(list) != 1 {
		t.Errorf("%v, %v, want one page", list, err)
	}
}

// Pages without an item are passed over, and do not end a list.
func TestEmptyPagesAreNotTheEnd(t *testing.T) {
	empty := 0
	fetch := func(json.RawMessage) ([]string, json.RawMessage, error) {
		if empty++; empty < maxEmpty {
			return nil, json.RawMessage(strconv.Itoa(empty)), nil
		}
		return []string{"x"}, nil, nil
	}
	if page, next, err := One(nil, fetch); len(page) != 1 || next != nil || err != nil {
		t.Errorf("a page: %v, %s, %v", page, next, err)
	}
	empty = 0
	if list, err := All(fetch); len(list) != 1 || err != nil {
		t.Errorf("a list: %v, %v", list, err)
	}
	asked := 0
	same := func(json.RawMessage) ([]string, json.RawMessage, error) {
		asked++
		return nil, json.RawMessage(`"again"`), nil
	}
	if _, _, err := One(nil, same); !errors.Is(err, errSamePage) || asked != 2 {
		t.Errorf("the same empty page %d times: %v", asked, err)
	}
}

// A list without end is cut, whatever makes it endless, and says so.
func TestEndlessListsAreCut(t *testing.T) {
	endless := func(page []string) func(json.RawMessage) ([]string, json.RawMessage, error) {
		asked := 0
		return func(json.RawMessage) ([]string, json.RawMessage, error) {
			asked++
			return page, json.RawMessage(strconv.Itoa(asked)), nil
		}
	}
	if page, next, err := One(nil, endless(nil)); !errors.Is(err, ErrCut) || page != nil || next != nil {
		t.Errorf("one page of empty ones: %v, %s, %v", page, next, err)
	}
	for name, page := range map[string][]string{
		"empty pages":    nil,
		"one row a page": {"x"},
		"huge rows":      {strings.Repeat("x", 16<<20)},
		"a million rows": make([]string, 1_000_000),
	} {
		list, err := All(endless(page))
		if !errors.Is(err, ErrCut) || len(list) > maxItems {
			t.Errorf("%s: %d items, %v", name, len(list), err)
		}
	}
	if _, err := All(func(json.RawMessage) ([]string, json.RawMessage, error) { return make([]string, 1_000_000), nil, nil }); !errors.Is(err, ErrCut) {
		t.Errorf("a million rows at once: %v", err)
	}
}
