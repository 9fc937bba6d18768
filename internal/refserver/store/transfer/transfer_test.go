//go:build unix

package transfer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/store"
	"github.com/dxauth/dxauth/internal/refserver/store/postgres"
	"github.com/dxauth/dxauth/internal/refserver/store/sqlite"
	"github.com/dxauth/dxauth/internal/refserver/store/transfer"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refserver/trust"
	"github.com/dxauth/dxauth/internal/testpostgres"
	"github.com/dxauth/dxauth/pkg/secret"
)

var made = time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)

// engines are empty stores.
func engines() map[string]func(*testing.T) engine {
	return map[string]func(*testing.T) engine{
		"sqlite": func(t *testing.T) engine {
			s, err := sqlite.OpenFile(t.Context(), filepath.Join(t.TempDir(), "store.db"))
			return closed(t, s, err)
		},
		"postgres": func(t *testing.T) engine {
			address, err := postgres.ParseAddress(secret.New(testpostgres.Shared(t).CopyOf(t, "dxauth_transfer", migrate)))
			if err != nil {
				t.Fatal(err)
			}
			s, err := postgres.Open(t.Context(), postgres.Config{Address: address})
			return closed(t, s, err)
		},
	}
}

func migrate(url string) error {
	address, err := postgres.ParseAddress(secret.New(url))
	if err != nil {
		return err
	}
	return postgres.Migrate(context.Background(), address)
}

type engine interface {
	store.Database
	transfer.Writer
}

func closed(t *testing.T, s engine, err error) engine {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// fill gives a store the content of the demo, more rows than a page of one table, odd
// texts, and numbers that were used and are gone.
func fill(t *testing.T, s engine) {
	t.Helper()
	demo, err := fixture.Open(t.Context(), fixture.Demo)
	if err != nil {
		t.Fatal(err)
	}
	server, err := refserver.Open(t.Context(), refserver.Config{Database: notClosed{s}, Fixture: &demo})
	if err != nil {
		t.Fatal(err)
	}
	_ = server.Close()
	err = s.Write(t.Context(), func(tx transaction.Tx) error {
		for i := range 1234 {
			entry := audit.Entry{Time: made.Add(time.Duration(i)), Subject: fmt.Sprint("<&>\u2028 é ", i), Action: audit.UserUpdate, Result: "ok"}
			if err := tx.AppendAudit(t.Context(), entry); err != nil {
				return err
			}
		}
		if err := addTrust(t.Context(), tx); err != nil {
			return err
		}
		return tx.SetSharedBootstrap(t.Context(), []byte{0, 255, '"', '\n'})
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.WriteTables(t.Context(), func(tables store.Tables) error { return tables.SetLastNumber(t.Context(), "pending_ends", 4711) })
	if err != nil {
		t.Fatal(err)
	}
}

// addTrust adds a trust rule and an ID token that was exchanged.
func addTrust(ctx context.Context, tx transaction.Tx) error {
	_, err := tx.SpendIDToken(ctx, trust.Spending{Key: "key", Expires: made, Most: 1})
	return errors.Join(err, tx.InsertTrustRule(ctx, trust.Rule{
		ID: "rule", OrgID: "org-genomics", Issuer: "https://ci.example.org", Claims: map[string]string{"sub": "job é"}, UserID: "user-alice",
		Projects: map[string]directory.Level{"project-x": directory.View}, PHI: true, Lifetime: time.Minute, Maker: "user-alice", Created: made,
	}))
}

// notClosed is a store that a server does not close.
type notClosed struct{ store.Database }

func (notClosed) Close() error { return nil }

func saved(t *testing.T, s engine) string {
	t.Helper()
	var file bytes.Buffer
	if err := transfer.Save(t.Context(), s, made, &file); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

// From each engine to each: a second export is the first, but for the mark of a copy.
func TestCopies(t *testing.T) {
	for from, source := range engines() {
		for to, target := range engines() {
			t.Run(from+" to "+to, func(t *testing.T) {
				original, copied := source(t), target(t)
				fill(t, original)
				file := saved(t, original)
				at, err := transfer.Load(t.Context(), strings.NewReader(file), copied)
				if err != nil || !at.Equal(made) {
					t.Fatalf("made %v, %v", at, err)
				}
				again := saved(t, copied)
				if !strings.Contains(again, `["copied",`) {
					t.Error("the copy has no mark")
				}
				if got, want := rowsOf(again), rowsOf(file); got != want {
					t.Errorf("the copy differs: %d and %d bytes", len(got), len(want))
				}
				if !strings.Contains(again, `"pending_ends":4711`) {
					t.Errorf("numbers are used again: %.200s", again)
				}
				if _, err := transfer.Load(t.Context(), strings.NewReader(file), copied); !errors.Is(err, transfer.ErrNotEmpty) {
					t.Errorf("a second time: %v", err)
				}
			})
		}
	}
}

// rowsOf returns the rows of a file, which begin with a bracket, but for the mark.
func rowsOf(file string) string {
	var rows strings.Builder
	for line := range strings.Lines(file) {
		if strings.HasPrefix(line, "[") && !strings.HasPrefix(line, `["copied",`) {
			rows.WriteString(line)
		}
	}
	return rows.String()
}

// A file that is not complete, or not of this version, changes nothing.
func TestFilesThatAreRefused(t *testing.T) {
	original := engines()["sqlite"](t)
	fill(t, original)
	file := saved(t, original)
	for name, test := range map[string]struct {
		file string
		want error
	}{
		"empty":               {"", transfer.ErrFormat},
		"another file":        {"SQLite format 3\x00", transfer.ErrFormat},
		"a newer format":      {strings.Replace(file, "dxauth export 1", "dxauth export 2", 1), transfer.ErrFormat},
		"cut within a line":   {file[:len(file)/2], transfer.ErrCut},
		"cut after a line":    {file[:strings.LastIndex(strings.TrimSuffix(file, "\n"), "\n")], transfer.ErrCut},
		"a row is missing":    {strings.Replace(file, rowsOf(file)[:strings.Index(rowsOf(file), "\n")+1], "", 1), transfer.ErrCut},
		"a table is missing":  {strings.Replace(file, `{"table":"meta"`, `{"table":"beta"`, 1), transfer.ErrSchema},
		"a column is missing": {strings.Replace(file, `"handle"`, `"candle"`, 1), transfer.ErrSchema},
		"a row is short":      {strings.Replace(file, "\n[\"user-", "\n[1]\n[\"user-", 1), transfer.ErrFormat},
		"a value is odd":      {strings.Replace(file, `{"bytes":`, `{"bits":`, 1), transfer.ErrFormat},
	} {
		t.Run(name, func(t *testing.T) {
			if test.file == file {
				t.Fatal("the file was not changed")
			}
			target := engines()["sqlite"](t)
			if _, err := transfer.Load(t.Context(), strings.NewReader(test.file), target); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
			if _, err := transfer.Load(t.Context(), strings.NewReader(file), target); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// What the store makes of a row is compared with the file.
func TestDifferencesAreFound(t *testing.T) {
	original := engines()["sqlite"](t)
	fill(t, original)
	file := saved(t, original)
	for name, change := range map[string]string{
		"a value":     "UPDATE users SET first = 'Eve' WHERE id = 'user-alice'",
		"a lost row":  "DELETE FROM audit WHERE no = 600",
		"another row": "INSERT INTO meta (name, value) VALUES ('x', 'y')",
	} {
		target := &changing{Writer: engines()["sqlite"](t), change: change}
		if _, err := transfer.Load(t.Context(), strings.NewReader(file), target); !errors.Is(err, transfer.ErrDiffers) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// changing changes what was loaded before it is compared.
type changing struct {
	transfer.Writer
	change string
}

func (c *changing) ReadTables(ctx context.Context, f func(store.Tables) error) error {
	err := c.Writer.WriteTables(ctx, func(tables store.Tables) error {
		_, err := tables.Exec(ctx, c.change)
		return err
	})
	return errors.Join(err, c.Writer.ReadTables(ctx, f))
}
