package users

import (
	"fmt"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/store/storetest/suite"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

func testKnownSources(s *suite.Suite) {
	s.AddUsers("user-alice", "user-bob")
	known := func(tx transaction.Tx, user, source string) bool {
		_, found, err := tx.KnownSource(s.Ctx, user, source)
		s.OK(err)
		return found
	}
	s.Write(func(tx transaction.Tx) {
		s.Same(known(tx, "user-alice", "192.0.2.1"), false)
		s.Same(known(tx, "user-nobody", "192.0.2.1"), false)
		s.OK(tx.RememberSource(s.Ctx, "user-alice", "192.0.2.1", start))
		s.Same(known(tx, "user-alice", "192.0.2.1"), true)
		s.Same(known(tx, "user-bob", "192.0.2.1"), false)
		seen, _, err := tx.KnownSource(s.Ctx, "user-alice", "192.0.2.1")
		s.OK(err)
		s.Same(seen, kept)
	})
	// The last twenty networks are kept.
	s.Write(func(tx transaction.Tx) {
		s.OK(tx.RememberSource(s.Ctx, "user-bob", "192.0.2.1", start))
		for i := range 20 {
			s.OK(tx.RememberSource(s.Ctx, "user-alice", fmt.Sprint("new ", i), start.Add(time.Duration(i+1)*time.Second)))
		}
		s.Same(known(tx, "user-alice", "192.0.2.1"), false)
		s.Same(known(tx, "user-alice", "new 0"), true)
		s.OK(tx.RememberSource(s.Ctx, "user-alice", "new 0", start.Add(time.Hour)))
		s.OK(tx.RememberSource(s.Ctx, "user-alice", "newest", start.Add(time.Hour)))
		s.Same(known(tx, "user-alice", "new 0"), true)
		s.Same(known(tx, "user-alice", "new 1"), false)
		s.Same(known(tx, "user-bob", "192.0.2.1"), true)
	})
}

// A clock that ran ahead doesn't fill the list of a user's sources.
func testSourcesAhead(s *suite.Suite) {
	s.AddUsers("user-alice")
	s.Write(func(tx transaction.Tx) {
		for i := range 30 {
			s.OK(tx.RememberSource(s.Ctx, "user-alice", fmt.Sprint("ahead", i), start.Add(365*day)))
		}
		for i := range 30 {
			source := fmt.Sprint("now", i)
			s.OK(tx.RememberSource(s.Ctx, "user-alice", source, start.Add(time.Duration(i)*time.Second)))
			_, known, err := tx.KnownSource(s.Ctx, "user-alice", source)
			s.OK(err)
			s.Same(known, true)
		}
		_, known, err := tx.KnownSource(s.Ctx, "user-alice", "ahead29")
		s.OK(err)
		s.Same(known, false)
	})
}
