package storetest

import (
	"fmt"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// What can be used once is dropped a few rows at a time. Used recovery codes stay, and
// steps that are later already.
func testDropCodes(s *suite) {
	const step, users, count = 100, 4, 3
	soon := clock.Span{Made: start, Ends: start.Add(time.Hour)}
	lastSteps := []int64{0, step - 1, step, step + 1}
	for i := range users {
		id := fmt.Sprint("user-", i)
		s.addUsers(id)
		s.write(func(tx transaction.Tx) {
			s.ok(tx.SetSecondFactor(s.ctx, id, identity.SecondFactor{SealedSeed: []byte("seed"), LastStep: lastSteps[i], Since: start}))
			s.ok(tx.SetRecoveryCodes(s.ctx, id, []string{"used", "unused", "other"}))
			spent, err := tx.SpendRecoveryCode(s.ctx, id, "used", start)
			s.ok(err)
			s.same(spent, true)
			s.ok(tx.SetUnreadCodes(s.ctx, id, []byte("sealed"), soon))
			s.ok(tx.InsertTicket(s.ctx, identity.Ticket{Hash: id, UserID: id, Made: soon.Made, Expires: soon.Ends}))
			added, err := tx.InsertProviderSignIn(s.ctx, identity.ProviderSignIn{Hash: id, Provider: "lab", Made: soon.Made, Expires: soon.Ends})
			s.ok(err)
			s.same(added, true)
		})
	}
	steps := 0
	for more := true; more; steps++ {
		s.write(func(tx transaction.Tx) {
			var err error
			more, err = tx.DropCodes(s.ctx, step, count)
			s.ok(err)
		})
	}
	// 4 tickets, 4 sign-ins at a provider, 4 unread codes, 8 recovery codes and 2 steps.
	if steps < 22/count || steps > 22/count+2 {
		s.Errorf("%d steps", steps)
	}
	s.write(func(tx transaction.Tx) {
		for i := range users {
			id := fmt.Sprint("user-", i)
			_, err := tx.TicketByHash(s.ctx, id)
			s.fails(err, identity.ErrNoTicket)
			_, found, err := tx.ProviderSignIn(s.ctx, id)
			s.ok(err)
			s.same(found, false)
			unread, err := tx.TakeUnreadCodes(s.ctx, id, start)
			s.ok(err)
			s.same(len(unread), 0)
			codes, err := tx.RecoveryCodes(s.ctx, id)
			s.ok(err)
			s.same(codes, []identity.RecoveryCode{{Hash: "used", Used: kept}})
			factor, _, err := tx.SecondFactor(s.ctx, id)
			s.ok(err)
			s.same(factor.LastStep, max(step, lastSteps[i]))
		}
	})
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
