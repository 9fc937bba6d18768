package storetest

import (
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// A text that some engine cannot store is refused by all of them, wherever it comes from,
// and leaves the transaction usable.
func testTexts(s *suite) {
	s.addUsers("user-alice")
	for _, text := range []string{"\x00", "a\x00b", "\xff", "a\xc3"} {
		s.write(func(tx transaction.Tx) {
			s.fails(tx.InsertUser(s.ctx, identity.User{ID: "user-" + text, Created: start}), transaction.ErrText)
			s.fails(tx.SetEmail(s.ctx, "user-alice", text), transaction.ErrText)
			s.fails(tx.InsertProject(s.ctx, directory.Project{ID: "project-a", Tags: []string{text}, Created: start, Modified: start}), transaction.ErrText)
			s.fails(tx.AppendAudit(s.ctx, audit.Entry{Time: start, UserAgent: text}), transaction.ErrText)
			_, err := tx.UserByID(s.ctx, text)
			s.fails(err, transaction.ErrText)
			_, err = tx.FolderExists(s.ctx, text, "/")
			s.fails(err, transaction.ErrText)
			_, err = tx.UserByID(s.ctx, "user-alice")
			s.ok(err)
		})
	}
	s.write(func(tx transaction.Tx) { // the last one that is text
		s.ok(tx.InsertUser(s.ctx, identity.User{ID: "user-\U0010ffff\x01\x7f\ufffd", Created: start}))
		_, err := tx.UserByID(s.ctx, "user-\U0010ffff\x01\x7f\ufffd")
		s.ok(err)
	})
}
