package history_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/history"
)

// log is a store of one generation, whose audit log has the rows of two numbers and those
// between them.
type log struct {
	history.Tx
	oldest, newest int64
}

func (l log) Generations(context.Context) ([]string, error) { return []string{"first"}, nil }
func (l log) OldestAudit(context.Context) (int64, error)    { return l.oldest, nil }
func (l log) NewestAudit(context.Context) (int64, error)    { return l.newest, nil }
func (l log) AuditMark(_ context.Context, no int64) (string, error) {
	if no < l.oldest || no > l.newest {
		return "", nil
	}
	return fmt.Sprint("row ", no), nil
}

// TestWentBackInALogThatIsShortened: rows that were removed because they are old do not
// count as rows that are not there yet.
func TestWentBackInALogThatIsShortened(t *testing.T) {
	seen, err := history.Present(t.Context(), log{oldest: 1, newest: 50})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		now  log
		want bool
	}{
		"as it was":                      {log{oldest: 1, newest: 50}, false},
		"later":                          {log{oldest: 1, newest: 90}, false},
		"later, the oldest rows gone":    {log{oldest: 30, newest: 90}, false},
		"later, the row itself gone":     {log{oldest: 60, newest: 90}, false},
		"later, only the newest is left": {log{oldest: 90, newest: 90}, false},
		"earlier":                        {log{oldest: 1, newest: 40}, true},
		"earlier, the oldest rows gone":  {log{oldest: 30, newest: 40}, true},
		"earlier, one row is left":       {log{oldest: 49, newest: 49}, true},
	} {
		if got, err := history.WentBack(t.Context(), c.now, seen); err != nil || got != c.want {
			t.Errorf("%s: %v, %v; want %v", name, got, err, c.want)
		}
	}
}
