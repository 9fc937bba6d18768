// Package storetest is the test suite that every store has to pass: SQLite in
// memory, SQLite in a file and PostgreSQL.
//
// It promises to call each method of transaction.Tx with existing, missing and
// conflicting rows, and to check that a failed transaction leaves nothing
// behind, that two writers never interleave, and that values come back
// unchanged, times to the millisecond.
//
// It knows a store only as transaction.DB. Properties of one engine, such as its
// files or its query plans, are tested beside that engine.
package storetest

import (
	"context"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/store/storetest/grants"
	"github.com/dxauth/dxauth/internal/refserver/store/storetest/mails"
	shared "github.com/dxauth/dxauth/internal/refserver/store/storetest/suite"
	"github.com/dxauth/dxauth/internal/refserver/store/storetest/trusts"
	"github.com/dxauth/dxauth/internal/refserver/store/storetest/users"
	"github.com/dxauth/dxauth/internal/refserver/store/twice"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Run tests the stores that open makes. Each call of open returns an empty store
// and closes it at the end of the test. The tests run in parallel, and each of
// their writes runs twice.
func Run(t *testing.T, open func(testing.TB) transaction.DB) {
	for name, test := range map[string]func(*suite){
		"transactions/rollback":        testRollback,
		"transactions/panic":           testPanic,
		"transactions/conflicts":       testContinueAfterConflict,
		"transactions/interleaving":    testWritersNeverInterleave,
		"transactions/giving up":       testCallersGiveUp,
		"transactions/texts":           testTexts,
		"access/good tokens":           testGoodTokens,
		"access/tokens":                testTokens,
		"access/holder":                testTokenHolder,
		"access/root":                  testTokenRoot,
		"access/idle sessions":         testEndIdleSessions,
		"access/touch":                 testTouchToken,
		"access/tree":                  testEndTokenTree,
		"access/search":                testSearchTokens,
		"access/search at random":      testTokensAgainstModel,
		"access/first use":             testFirstUse,
		"access/made with":             testTokensMadeWith,
		"access/end of some":           testEndSome,
		"copies":                       testCopyMark,
		"history":                      testHistory,
		"audit log":                    testAuditLog,
		"access/update":                testUpdateToken,
		"access/sources":               testTokenSources,
		"access/members":               testMemberTokens,
		"access/forget":                testForgetTokens,
		"access/sweep":                 testSweepTokens,
		"access/end of sessions":       testEndSessions,
		"access/end of other sessions": testEndOfOtherSessions,
		"access/oldest sessions":       testEndOldestSessions,
		"access/forget ended":          testForgetEnded,
		"access/count":                 testCountTokens,
		"directory/orgs":               testOrgs,
		"directory/update of an org":   testUpdateOrg,
		"directory/memberships":        testMemberships,
		"directory/accepted orgs":      testAcceptedOrgs,
		"directory/orgs on projects":   testProjectMemberships,
		"directory/projects":           testProjects,
		"directory/who pays":           testAnyBilledTo,
		"directory/permissions":        testPermissions,
		"directory/folders":            testFolders,
		"directory/search":             testSearch,
		"directory/search at random":   testSearchAgainstModel,
		"directory/many grantees":      testSearchWithManyGrantees,
		"access/end of all tokens":     testEndTokens,
		"directory/org fields":         testOrgFields,
		"directory/members":            testMembers,
		"directory/grants on":          testGrantsOn,
		"directory/billed projects":    testBilledProjects,
		"directory/nonces":             testNonces,
		"audit/append":                 testAudit,

		"directory/update of a project": testUpdateProject,
		"directory/trees of folders":    testFolderTrees,
		"directory/clearing":            testClearRemoved,
		"directory/counts of payers":    testCountsOfPayers,
		"directory/search by fields":    testSearchByFields,
		"directory/search by labels":    testSearchByLabels,
		"directory/search in windows":   testSearchInWindows,
		"directory/projects by bytes":   testProjectsByBytes,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(newSuite(t, open(t)))
		})
	}
	for subject, tests := range map[string]map[string]func(*shared.Suite){
		"grant": grants.Tests(), "identity": users.Tests(), "outbox": mails.Tests(), "trust": trusts.Tests(),
	} {
		for name, test := range tests {
			t.Run(subject+"/"+name, func(t *testing.T) {
				t.Parallel()
				test(newSuite(t, open(t)).Suite)
			})
		}
	}
}

// suite is a test with its store. Its methods are those of the shared one, by the names
// that the tests of this package use.
type suite struct {
	*shared.Suite
	db  transaction.DB
	ctx context.Context
}

func newSuite(t *testing.T, opened transaction.DB) *suite {
	test := &shared.Suite{T: t, DB: twice.Writes(opened), Ctx: t.Context()}
	return &suite{test, test.DB, test.Ctx}
}

func (s *suite) write(f func(transaction.Tx)) { s.Helper(); s.Write(f) }
func (s *suite) read(f func(transaction.Tx))  { s.Helper(); s.Read(f) }
func (s *suite) ok(err error)                 { s.Helper(); s.OK(err) }
func (s *suite) fails(err, want error)        { s.Helper(); s.Fails(err, want) }
func (s *suite) same(got, want any)           { s.Helper(); s.Same(got, want) }
func (s *suite) addUsers(ids ...string)       { s.Helper(); s.AddUsers(ids...) }

// start has a zone and more digits than a store keeps; kept is the value that comes back.
var start, kept = shared.Start(), shared.Kept()

// addProjects adds projects with an ID, a name and defaults.
func (s *suite) addProjects(ids ...string) {
	s.Helper()
	s.write(func(tx transaction.Tx) {
		for _, id := range ids {
			s.ok(tx.InsertProject(s.ctx, directory.Project{ID: id, Name: "Name of " + id, Created: start, Modified: start}))
		}
	})
}
