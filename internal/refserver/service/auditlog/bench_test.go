package auditlog_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/auditlog"
	"github.com/dxauth/dxauth/internal/refserver/teststore"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// manyRows is the size of the log that the benchmark reads.
const manyRows = 1_000_000

// BenchmarkPage reads a page of 50 rows of a log with a million, for each filter: the newest
// rows, old ones, and rows that are rare or that there are none of. The metric x-first is the
// time in relation to that of the newest page without a filter.
func BenchmarkPage(b *testing.B) {
	db := teststore.Open(b)
	for first := 0; first < manyRows; first += 5000 {
		err := db.Write(b.Context(), func(tx transaction.Tx) error { return appendRows(b.Context(), tx, first, 5000) })
		if err != nil {
			b.Fatal(err)
		}
	}
	s := service.New(service.Config{DB: db, Now: time.Now, Random: rand.Reader})
	long := start.Add(manyRows / 2 * time.Second)
	var usual float64
	for _, c := range []struct {
		name   string
		filter audit.Filter
		before int64
	}{
		{"none", audit.Filter{}, 0},
		{"none, deep", audit.Filter{}, manyRows / 10},
		{"until", audit.Filter{Until: long}, 0},
		{"since", audit.Filter{Since: start.Add((manyRows - 10) * time.Second)}, 0},
		{"often: result", audit.Filter{Result: "ok"}, 0},
		{"often: action", audit.Filter{Action: "token"}, 0},
		{"one in 1,000: actor", audit.Filter{Actor: "user-007"}, 0},
		{"one in 1,000, deep", audit.Filter{Actor: "user-007"}, manyRows / 10},
		{"one: subject", audit.Filter{Subject: "17"}, 0},
		{"none: actor", audit.Filter{Actor: "user-nobody"}, 0},
		{"none: action", audit.Filter{Action: "trust"}, 0},
		{"none: result", audit.Filter{Result: "throttled"}, 0},
	} {
		b.Run(c.name, func(b *testing.B) {
			requests := 0
			for b.Loop() {
				requests = 0
				before := c.before
				for found, more := 0, true; more && found < 50; more = before != 0 {
					rows, next, err := auditlog.Page(b.Context(), s, caller(true), c.filter, before, 50-found)
					if err != nil {
						b.Fatal(err)
					}
					found, before = found+len(rows), next
					requests++
				}
			}
			each := float64(b.Elapsed()) / float64(b.N)
			if usual == 0 {
				usual = each
			}
			b.ReportMetric(each/usual, "x-first")
			b.ReportMetric(float64(requests), "requests")
		})
	}
}

func appendRows(ctx context.Context, tx transaction.Tx, first, count int) error {
	for i := first; i < first+count; i++ {
		entry := audit.Entry{
			Time: start.Add(time.Duration(i) * time.Second), Actor: fmt.Sprintf("user-%03d", i%1000), Subject: fmt.Sprint(i), Action: audit.TokenNew,
			Result: "ok", Address: "192.0.2.1", UserAgent: "dxauth/1.0 (linux; amd64)", RequestID: fmt.Sprint(i),
		}
		if i%3 == 0 {
			entry.Action, entry.Factor = audit.SignIn, "password"
		}
		if err := tx.AppendAudit(ctx, entry); err != nil {
			return err
		}
	}
	return nil
}
