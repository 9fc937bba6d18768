package quota_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/quota"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Every limit has a number, and words that name it and say what to do.
func TestEveryLimitIsRefusedInWords(t *testing.T) {
	said := map[string]quota.Limit{}
	for _, limit := range quota.All() {
		full := limit.Check(limit.Max() + 1)
		if limit.Max() < 1 || !errors.Is(full, refusal.New(refusal.Conflict, "").Because(refusal.LimitReached)) {
			t.Fatalf("limit %d: max %d, %v", limit, limit.Max(), full)
		}
		what, todo, _ := strings.Cut(full.Error(), "; ")
		if !strings.ContainsAny(what, "0123456789") || strings.Contains(what, "%!") || todo == "" {
			t.Errorf("limit %d: %q", limit, full)
		}
		if other, found := said[full.Error()]; found {
			t.Errorf("limits %d and %d say the same", limit, other)
		}
		said[full.Error()] = limit
		if err := limit.Check(limit.Max()); err != nil {
			t.Errorf("limit %d refuses what is allowed: %v", limit, err)
		}
	}
}

func TestNumbersAreGrouped(t *testing.T) {
	if got, want := quota.Folders.Reached().Error(), "The project has 10,000 folders, the most allowed; remove folders first"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := quota.LabelBytes.Reached().Error(); !strings.Contains(got, "65,536 bytes") {
		t.Errorf("got %q", got)
	}
}
