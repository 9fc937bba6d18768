package refserver

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/budget"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// rowCounter counts the rows that a request reads from the store.
type rowCounter struct {
	transaction.DB
	rows int // of all transactions
	most int // of one transaction
}

// Read implements transaction.DB.
func (c *rowCounter) Read(ctx context.Context, f func(transaction.Tx) error) error {
	return c.DB.Read(ctx, func(tx transaction.Tx) error {
		counting := &countingTx{Tx: tx}
		err := f(counting)
		c.rows += counting.rows
		c.most = max(c.most, counting.rows)
		return err
	})
}

// countingTx counts the rows of what lists read, and each look-up in a list as one.
type countingTx struct {
	transaction.Tx
	rows int
}

func counted[T any](tx *countingTx, list []T, err error) ([]T, error) {
	tx.rows += len(list)
	return list, err
}

func (tx *countingTx) Users(ctx context.Context, query identity.UserQuery) ([]identity.User, error) {
	list, err := tx.Tx.Users(ctx, query)
	return counted(tx, list, err)
}

func (tx *countingTx) UserByID(ctx context.Context, id string) (identity.User, error) {
	tx.rows++
	return tx.Tx.UserByID(ctx, id)
}

func (tx *countingTx) OrgByID(ctx context.Context, id string) (directory.Org, error) {
	tx.rows++
	return tx.Tx.OrgByID(ctx, id)
}

func (tx *countingTx) Members(ctx context.Context, query directory.MemberQuery) ([]directory.Membership, error) {
	list, err := tx.Tx.Members(ctx, query)
	return counted(tx, list, err)
}

func (tx *countingTx) MembershipsAfter(ctx context.Context, userID, after string, limit int) ([]directory.Membership, error) {
	list, err := tx.Tx.MembershipsAfter(ctx, userID, after, limit)
	return counted(tx, list, err)
}

func (tx *countingTx) GoodHolders(ctx context.Context, query access.GoodQuery) ([]transaction.TokenHolder, error) {
	list, err := tx.Tx.GoodHolders(ctx, query)
	return counted(tx, list, err)
}

func (tx *countingTx) SearchTokens(ctx context.Context, query access.Query) ([]access.Token, error) {
	list, err := tx.Tx.SearchTokens(ctx, query)
	return counted(tx, list, err)
}

func (tx *countingTx) MemberTokens(ctx context.Context, query access.MemberQuery) ([]access.Token, error) {
	list, err := tx.Tx.MemberTokens(ctx, query)
	return counted(tx, list, err)
}

func (tx *countingTx) TokenHolders(ctx context.Context, signatures []string) (map[string]transaction.TokenHolder, error) {
	tx.rows += len(signatures)
	return tx.Tx.TokenHolders(ctx, signatures)
}

func (tx *countingTx) AnyBilledTo(ctx context.Context, orgID string, projectIDs []string) (bool, error) {
	tx.rows += len(projectIDs)
	return tx.Tx.AnyBilledTo(ctx, orgID, projectIDs)
}

func (tx *countingTx) ScanProjects(ctx context.Context, query directory.Query) (directory.Scan, error) {
	scan, err := tx.Tx.ScanProjects(ctx, query)
	tx.rows += scan.Rows
	return scan, err
}

func (tx *countingTx) ProjectsAt(ctx context.Context, query directory.Positions) ([]directory.Found, error) {
	list, err := tx.Tx.ProjectsAt(ctx, query)
	return counted(tx, list, err)
}

// The worst that users with very many rows can send reads no more rows than a budget
// allows, and no transaction more than a part of it.
func TestScansAreBounded(t *testing.T) {
	const many, mostOfTransaction = 1200, 1150
	counter := &rowCounter{}
	server := openCrowded(t, many, Config{WrapStore: func(db transaction.DB) transaction.DB {
		counter.DB = db
		return counter
	}})
	for who, token := range map[string]string{"mallory": malloryToken, "root": rootToken} {
		for _, attack := range scans() {
			counter.rows, counter.most = 0, 0
			request := attack.request(t.Context(), "http://localhost", token)
			recorder := httptest.NewRecorder()
			server.Handler().ServeHTTP(recorder, request)
			isDenied := recorder.Code == http.StatusUnauthorized && (who == "root" || strings.HasPrefix(attack.path, "/admin/"))
			isTooMuch := recorder.Code == http.StatusBadRequest && attack.mayBeRefused
			if recorder.Code != http.StatusOK && !isDenied && !isTooMuch {
				t.Errorf("%s of %s: %d %.200s", attack.name, who, recorder.Code, recorder.Body)
			}
			if counter.rows > budget.MaxSteps+mostOfTransaction || counter.most > mostOfTransaction {
				t.Errorf("%s of %s reads %d rows, %d of them in one transaction", attack.name, who, counter.rows, counter.most)
			}
			if recorder.Body.Len() > 2*budget.MaxBytes {
				t.Errorf("%s of %s: %d bytes", attack.name, who, recorder.Body.Len())
			}
		}
	}
}

// Every route of DNAnexus's protocol that finds or lists things is among the scans.
func TestScansCoverTheRoutes(t *testing.T) {
	server := openCrowded(t, 1, Config{})
	protocols := protocolsOf(t, server, Config{}.withDefaults())
	for _, route := range protocols.dnanexus.Routes() {
		if !strings.HasPrefix(route.Method, "find") && !strings.HasPrefix(route.Method, "list") {
			continue
		}
		path := "/" + strings.NewReplacer("org-*", "org-full", "project-*", "project-"+strings.Repeat("0", 24)).Replace(route.Resource) + "/" + route.Method
		isScan := func(s scan) bool { return s.path == path }
		if isEmpty := []string{"findDataObjects", "findApps", "findGlobalWorkflows", "findExecutions"}; !slices.ContainsFunc(scans(), isScan) && !slices.Contains(isEmpty, route.Method) {
			t.Errorf("%s is not among the scans", path)
		}
	}
	for _, route := range protocols.molgenis.Routes() {
		isScan := func(s scan) bool {
			path, _, _ := strings.Cut(s.path, "?")
			parts, pattern := strings.Split(path, "/"), strings.Split(route.Pattern, "/")
			return s.method == route.Method && len(parts) == len(pattern) && strings.Join(parts[:len(parts)-1], "/") == strings.Join(pattern[:len(pattern)-1], "/")
		}
		if isList := route.Method == http.MethodGet && strings.HasPrefix(route.Pattern, "/api/v") && strings.HasSuffix(route.Pattern, "/*") && strings.Count(route.Pattern, "*") == 1; isList && !slices.ContainsFunc(scans(), isScan) {
			t.Errorf("%s is not among the scans", route.Pattern)
		}
	}
}
