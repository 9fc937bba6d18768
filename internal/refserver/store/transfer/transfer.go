// Package transfer copies a whole store into a file that any engine can read, and back
// into an empty store of any engine.
//
// It promises that a file is a snapshot, complete or recognizably not; that after a load
// every row of the store was compared with the file; that a load which fails changes
// nothing; and that neither keeps more than a page of rows in memory. What it loads is
// marked as a copy of the time of the file, so that the first server on it ends what may
// have ended since (package history).
//
// A file has lines of JSON: a [header], for each table its name and columns and then its
// rows in the order of the primary key, and an end with the number of rows. A value is
// null, a whole number, a text, or an object with bytes in base64. It holds password
// hashes and sealed secrets, but neither tokens nor the key.
package transfer

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/refserver/store"
)

// Reader is a store that can be copied.
type Reader interface {
	ReadTables(ctx context.Context, f func(store.Tables) error) error
}

// Writer is a store that a copy can be loaded into.
type Writer interface {
	Reader
	WriteTables(ctx context.Context, f func(store.Tables) error) error
}

// format names the format and its version.
const format = "dxauth export 1"

// line is a line of a file: a header, the begin of a table, or the end. A row is an
// array.
type line struct {
	Format  string           `json:"format,omitempty"`
	Made    *time.Time       `json:"made,omitempty"`
	Numbers map[string]int64 `json:"numbers,omitempty"` // last ones of tables that number their rows

	Table   string   `json:"table,omitempty"`
	Columns []string `json:"columns,omitempty"`

	Rows *int64 `json:"rows,omitempty"` // of all tables; the end
}

// Errors of Load.
var (
	ErrFormat   = errors.New("not an export of dxauth")
	ErrCut      = errors.New("the export is not complete")
	ErrNotEmpty = errors.New("the store is not empty: a copy is loaded into an empty one only")
	ErrSchema   = errors.New("the export has other tables than this version of dxauth")
	ErrDiffers  = errors.New("after the copy, the store differs from the export")
)

// first and last say in which order tables are filled, because rows refer to users, orgs
// and tokens, and counts are kept up to date by the database, which are replaced.
func first() []string { return []string{"users", "orgs", "tokens"} }

func last() []string { return []string{"folder_counts", "payer_counts"} }

// inOrder makes the order of tables and columns the same on all engines.
func inOrder(tables []store.Table) []store.Table {
	for _, t := range tables {
		slices.SortFunc(t.Columns, func(a, b store.Column) int { return strings.Compare(a.Name, b.Name) })
	}
	place := func(t store.Table) int {
		if i := slices.Index(first(), t.Name); i >= 0 {
			return i - len(first())
		}
		return slices.Index(last(), t.Name) + 1
	}
	slices.SortStableFunc(tables, func(a, b store.Table) int { return place(a) - place(b) })
	return tables
}

// Save writes all rows of a store.
func Save(ctx context.Context, from Reader, made time.Time, to io.Writer) error {
	out := bufio.NewWriter(to)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	err := from.ReadTables(ctx, func(source store.Tables) error { return save(ctx, source, made.UTC(), encoder.Encode) })
	if err != nil {
		return err
	}
	return out.Flush()
}

func save(ctx context.Context, source store.Tables, made time.Time, write func(any) error) error {
	tables, err := source.Tables(ctx)
	if err != nil {
		return err
	}
	numbers := map[string]int64{}
	for _, table := range tables {
		number, err := source.LastNumber(ctx, table.Name)
		if err != nil {
			return err
		}
		if number > 0 {
			numbers[table.Name] = number
		}
	}
	if err := write(line{Format: format, Made: &made, Numbers: numbers}); err != nil {
		return err
	}
	rows := int64(0)
	for _, table := range inOrder(tables) {
		if err := write(line{Table: table.Name, Columns: names(table)}); err != nil {
			return err
		}
		err := each(ctx, source, table, func(row []any) error {
			rows++
			return write(encoded(row))
		})
		if err != nil {
			return err
		}
	}
	return write(line{Rows: &rows})
}

func names(table store.Table) []string {
	list := make([]string, len(table.Columns))
	for i, column := range table.Columns {
		list[i] = column.Name
	}
	return list
}

// pageRows is how many rows are read with one statement.
const pageRows = 500

// each calls f for the rows of a table in the order of its key, with a statement for each
// page, so that none takes long.
func each(ctx context.Context, source store.Tables, table store.Table, f func(row []any) error) error {
	columns, key := strings.Join(names(table), ", "), strings.Join(table.Key, ", ")
	var after []any
	for {
		where := ""
		if after != nil {
			where = fmt.Sprintf(" WHERE (%s) > (%s)", key, marks(len(after)))
		}
		page, err := read(ctx, source, fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s LIMIT %d", columns, table.Name, where, key, pageRows), len(table.Columns), after)
		if err != nil {
			return fmt.Errorf("read the table %s: %w", table.Name, err)
		}
		for _, row := range page {
			if err := f(row); err != nil {
				return err
			}
		}
		if len(page) < pageRows {
			return nil
		}
		after = keyOf(table, page[len(page)-1])
	}
}

func keyOf(table store.Table, row []any) []any {
	values := make([]any, len(table.Key))
	for i, name := range table.Key {
		values[i] = row[slices.Index(names(table), name)]
	}
	return values
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

func read(ctx context.Context, source store.Tables, query string, columns int, args []any) (page [][]any, err error) {
	rows, err := source.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		row, into := make([]any, columns), make([]any, columns)
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		for i, value := range row {
			if row[i], err = plain(value); err != nil {
				return nil, err
			}
		}
		page = append(page, row)
	}
	return page, rows.Err()
}

// plain returns what a value is on any engine: nil, an int64, a string or bytes.
func plain(value any) (any, error) {
	switch v := value.(type) {
	case nil, int64, string:
		return v, nil
	case []byte:
		return slices.Clone(v), nil
	case int32:
		return int64(v), nil
	case int16:
		return int64(v), nil
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	default:
		return nil, fmt.Errorf("a column has a %T", value)
	}
}

// encoded returns a row as it is in a file.
func encoded(row []any) []any {
	list := make([]any, len(row))
	for i, value := range row {
		switch v := value.(type) {
		case []byte:
			list[i] = map[string]string{"bytes": base64.StdEncoding.EncodeToString(v)}
		case string:
			list[i] = v
			if !utf8.ValidString(v) {
				list[i] = map[string]string{"text": base64.StdEncoding.EncodeToString([]byte(v))}
			}
		default:
			list[i] = v
		}
	}
	return list
}
