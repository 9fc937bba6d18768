package storetest

import (
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
