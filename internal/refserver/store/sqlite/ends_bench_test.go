package sqlite

import (
	"fmt"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// BenchmarkManyTokensEnd reports the milliseconds of the transaction that ends all tokens
// of a user, and of the longest that stores the rest.
func BenchmarkManyTokensEnd(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				s := newFile(b)
				addAlice(b, s)
				fillTokens(b, s, n)
				m := &timed{Store: s}
				m.write(b, func(tx transaction.Tx) error {
					return tx.EndTokens(b.Context(), "user-alice", now, access.Revoked)
				})
				b.ReportMetric(m.longest.Seconds()*1000, "ms-first")
				m.longest = 0
				for more := true; more; {
					m.write(b, func(tx transaction.Tx) (err error) {
						more, err = tx.CompleteEnds(b.Context(), slice)
						return err
					})
				}
				b.ReportMetric(m.longest.Seconds()*1000, "ms-longest-slice")
			}
		})
	}
}

// BenchmarkManyRowsRemoved reports the milliseconds of the transaction that removes a
// project with 100,000 folders, or all of its folders, and of the longest slice.
func BenchmarkManyRowsRemoved(b *testing.B) {
	const folders = `
		INSERT INTO folders (project_no, parent, name)
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
			SELECT 1, no, 'f' || i FROM n, folders WHERE project_no = 1 AND parent = 0;
		INSERT INTO folders (project_no, parent, name)
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
			SELECT 1, no, i FROM n, folders WHERE project_no = 1 AND name LIKE 'f%';
		INSERT INTO permissions SELECT 'user-' || no, 1, 1 FROM folders LIMIT 1000;
		INSERT INTO project_tags SELECT 1, no FROM folders LIMIT 1000;
		INSERT INTO project_properties SELECT 1, no, '' FROM folders LIMIT 1000;`
	for name, remove := range endlessRequests() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				remove.fill = folders
				meter, d, caller, project := remove.start(b, newFile(b))
				began := time.Now()
				var first, longest time.Duration
				meter.after = func() {
					took := time.Since(began)
					if first == 0 {
						first = took
					} else {
						longest = max(longest, took)
					}
					began = time.Now()
				}
				if err := remove.remove(b.Context(), d, caller, project); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(first.Seconds()*1000, "ms-first")
				b.ReportMetric(longest.Seconds()*1000, "ms-longest-slice")
			}
		})
	}
}

// BenchmarkLongChanges reports the milliseconds of the longest transaction of a request that
// changes a thousand rows and more.
func BenchmarkLongChanges(b *testing.B) {
	for name := range longChanges(nil) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				s := newFile(b)
				change := longChanges(s)[name]
				m, d, caller := change.start(b, s)
				began := time.Now()
				var longest time.Duration
				m.after = func() {
					longest = max(longest, time.Since(began))
					began = time.Now()
				}
				if err := change.run(b.Context(), d, caller); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(longest.Seconds()*1000, "ms-longest")
			}
		})
	}
}

// timed measures the longest transaction of a store.
type timed struct {
	*Store
	longest time.Duration
}

func (m *timed) write(b *testing.B, f func(transaction.Tx) error) {
	b.Helper()
	began := time.Now()
	if err := m.Write(b.Context(), f); err != nil {
		b.Fatal(err)
	}
	m.longest = max(m.longest, time.Since(began))
}
