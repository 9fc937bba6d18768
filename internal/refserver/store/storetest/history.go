package storetest

import (
	"time"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// The marks of rows differ by their content and by their number; what servers of one
// store share comes back unchanged.
func testHistory(s *suite) {
	s.write(func(tx transaction.Tx) {
		newest, err := tx.NewestAudit(s.ctx)
		s.ok(err)
		s.same(newest, int64(0))
		mark, err := tx.AuditMark(s.ctx, 0)
		s.ok(err)
		s.same(mark, "")
		sealed, err := tx.SharedBootstrap(s.ctx)
		s.ok(err)
		s.same(len(sealed), 0)
	})
	marks := map[string]bool{}
	for _, subject := range []string{"user-alice", "user-alice", "user-bob"} {
		s.write(func(tx transaction.Tx) {
			s.ok(tx.AppendAudit(s.ctx, audit.Entry{Time: start, Subject: subject, Action: audit.UserUpdate, Result: "ok"}))
		})
		s.read(func(tx transaction.Tx) {
			newest, err := tx.NewestAudit(s.ctx)
			s.ok(err)
			mark, err := tx.AuditMark(s.ctx, newest)
			s.ok(err)
			s.same(len(mark), 32)
			s.same(marks[mark], false)
			marks[mark] = true
		})
	}
	for _, name := range []string{"first", "second"} {
		s.write(func(tx transaction.Tx) {
			s.ok(tx.AddGeneration(s.ctx, name))
			s.ok(tx.SetSharedBootstrap(s.ctx, []byte(name)))
		})
	}
	s.read(func(tx transaction.Tx) {
		names, err := tx.Generations(s.ctx)
		s.ok(err)
		s.same(names, []string{"first", "second"})
		sealed, err := tx.SharedBootstrap(s.ctx)
		s.ok(err)
		s.same(string(sealed), "second")
	})
}

// testAuditSearch looks for rows of a log with one row an hour.
func testAuditSearch(s *suite, tx transaction.Tx, all []int64) {
	first := start.UTC().Truncate(time.Millisecond)
	at := func(hours int) time.Time { return first.Add(time.Duration(hours)*time.Hour + 500*time.Microsecond) }
	for _, c := range []struct {
		filter audit.Filter
		window int
		limit  int
		last   int64
		want   []int64
	}{
		{audit.Filter{}, 2, 9, all[2], []int64{all[3], all[2]}},
		{audit.Filter{}, 4, 1, all[0], []int64{all[3]}},
		{audit.Filter{}, 5, 9, 0, []int64{all[3], all[2], all[1], all[0]}},
		{audit.Filter{Actor: "user-alice", Subject: "0123456789ab", Action: "token", Result: "ok", Since: at(0), Until: at(2)}, 4, 9, all[0], []int64{all[2], all[1]}},
		{audit.Filter{Since: first.Add(time.Hour), Until: first.Add(2 * time.Hour)}, 4, 9, all[0], []int64{all[1]}},
		{audit.Filter{Action: "token.new"}, 1, 9, all[3], []int64{all[3]}},
		{audit.Filter{Action: "toke"}, 4, 9, all[0], nil}, {audit.Filter{Actor: "alice"}, 4, 9, all[0], nil},
		{audit.Filter{Subject: "0123456789"}, 4, 9, all[0], nil}, {audit.Filter{Result: "%"}, 4, 9, all[0], nil},
	} {
		found, err := tx.SearchAudit(s.ctx, audit.Search{Filter: c.filter, Before: all[4], Window: c.window, Limit: c.limit})
		s.ok(err)
		var got []int64
		for _, row := range found.Rows {
			got = append(got, row.No)
		}
		s.same(got, c.want)
		s.same(found.Last, c.last)
	}
}

// testAuditLog reads the audit log in both directions, and removes what is old, but never
// the newest row.
func testAuditLog(s *suite) {
	numbers := func(rows []audit.Row, err error) (list []int64) {
		s.ok(err)
		for _, row := range rows {
			list = append(list, row.No)
		}
		return list
	}
	entry := audit.Entry{
		Time: start.UTC().Truncate(time.Millisecond), Actor: "user-alice", Subject: "0123456789ab", Action: audit.TokenNew, Result: "ok",
		Factor: "password", Address: "192.0.2.1", UserAgent: "dxauth", RequestID: "1-1",
	}
	s.write(func(tx transaction.Tx) {
		s.same(numbers(tx.AuditAfter(s.ctx, 0, 10)), []int64(nil))
		for i := range 5 {
			row := entry
			row.Time = row.Time.Add(time.Duration(i) * time.Hour)
			s.ok(tx.AppendAudit(s.ctx, row))
		}
	})
	var all []int64
	s.read(func(tx transaction.Tx) {
		all = numbers(tx.AuditAfter(s.ctx, 0, 10))
		s.same(len(all), 5)
		s.same(numbers(tx.AuditAfter(s.ctx, all[1], 2)), all[2:4])
		s.same(numbers(tx.AuditBefore(s.ctx, all[3], 2)), []int64{all[2], all[1]})
		rows, err := tx.AuditBefore(s.ctx, all[1], 1)
		s.ok(err)
		s.same(rows, []audit.Row{{No: all[0], Entry: entry}})
		testAuditSearch(s, tx, all)
		oldest, err := tx.OldestAudit(s.ctx)
		s.ok(err)
		s.same(oldest, all[0])
	})
	for _, c := range []struct {
		before time.Duration
		limit  int
		left   int
	}{
		{0, 10, 5}, {2 * time.Hour, 1, 4}, {2 * time.Hour, 10, 3}, {2 * time.Hour, 10, 3}, {9 * time.Hour, 10, 1}, {9 * time.Hour, 10, 1},
	} {
		s.write(func(tx transaction.Tx) {
			before := len(numbers(tx.AuditAfter(s.ctx, 0, 10)))
			removed, err := tx.RemoveAudit(s.ctx, entry.Time.Add(c.before), c.limit)
			s.ok(err)
			left := numbers(tx.AuditAfter(s.ctx, 0, 10))
			s.same(left, all[len(all)-c.left:])
			s.same(removed, before-c.left)
		})
	}
}

// A store that was not copied has no mark. How copies are made is the engine's.
func testCopyMark(s *suite) {
	s.write(func(tx transaction.Tx) {
		_, isCopy, err := tx.CopyMark(s.ctx)
		s.ok(err)
		s.same(isCopy, false)
		isCopy, err = tx.DropCopyMark(s.ctx)
		s.ok(err)
		s.same(isCopy, false)
	})
}
