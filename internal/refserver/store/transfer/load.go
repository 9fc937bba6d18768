package transfer

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/store"
)

// Load fills an empty store with the rows of a file, compares every row, and returns when
// the file was made. The file is read twice.
func Load(ctx context.Context, file io.ReadSeeker, to Writer) (made time.Time, err error) {
	err = to.WriteTables(ctx, func(target store.Tables) error {
		made, err = load(ctx, file, target)
		return err
	})
	if err != nil {
		return made, err
	}
	return made, to.ReadTables(ctx, func(loaded store.Tables) error { return compare(ctx, file, loaded) })
}

func load(ctx context.Context, file io.ReadSeeker, target store.Tables) (time.Time, error) {
	tables, err := emptyTables(ctx, target)
	if err != nil {
		return time.Time{}, err
	}
	l := &loader{ctx: ctx, target: target, tables: tables}
	header, err := scan(file, l.begin, l.add)
	if err == nil {
		err = l.flush()
	}
	if err == nil && len(l.tables) > 0 {
		err = ErrSchema
	}
	if err != nil {
		return time.Time{}, err
	}
	for table, number := range header.Numbers {
		if err := target.SetLastNumber(ctx, table, number); err != nil {
			return time.Time{}, err
		}
	}
	return *header.Made, store.MarkCopyOnce(ctx, target, *header.Made)
}

// emptyTables returns the tables by name, all of which have no rows.
func emptyTables(ctx context.Context, target store.Tables) (map[string]store.Table, error) {
	list, err := target.Tables(ctx)
	if err != nil {
		return nil, err
	}
	tables := map[string]store.Table{}
	for _, table := range list {
		tables[table.Name] = table
		page, err := read(ctx, target, "SELECT 1 FROM "+table.Name+" LIMIT 1", 1, nil)
		if err != nil {
			return nil, err
		}
		if len(page) > 0 {
			return nil, ErrNotEmpty
		}
	}
	return tables, nil
}

// loader adds rows, many with one statement.
type loader struct {
	ctx     context.Context
	target  store.Tables
	tables  map[string]store.Table // that are still to come
	current store.Table
	columns []string // of the current table, as the file has them
	rows    [][]any
}

// chunk is how many rows one statement adds.
const chunk = 40

func (l *loader) begin(table string, columns []string) error {
	if err := l.flush(); err != nil {
		return err
	}
	current, found := l.tables[table]
	if !found || !sameNames(names(current), columns) {
		return fmt.Errorf("%w: table %q", ErrSchema, table)
	}
	delete(l.tables, table)
	l.current, l.columns = current, columns
	_, err := l.target.Exec(l.ctx, "DELETE FROM "+table) // what the database keeps up to date by itself
	return err
}

func sameNames(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func (l *loader) add(row []any) error {
	l.rows = append(l.rows, row)
	if len(l.rows) < chunk {
		return nil
	}
	return l.flush()
}

func (l *loader) flush() error {
	if len(l.rows) == 0 {
		return nil
	}
	var args []any
	for _, row := range l.rows {
		for i, value := range row {
			args = append(args, l.forColumn(l.columns[i], value))
		}
	}
	one := "(" + marks(len(l.columns)) + ")"
	statement := fmt.Sprintf("INSERT INTO %s (%s) VALUES %s", l.current.Name, strings.Join(l.columns, ", "),
		strings.TrimSuffix(strings.Repeat(one+", ", len(l.rows)), ", "))
	l.rows = nil
	if _, err := l.target.Exec(l.ctx, statement, args...); err != nil {
		return fmt.Errorf("fill the table %s: %w", l.current.Name, err)
	}
	return nil
}

// forColumn returns a value as the engine has it.
func (l *loader) forColumn(name string, value any) any {
	number, isNumber := value.(int64)
	i := slices.IndexFunc(l.current.Columns, func(c store.Column) bool { return c.Name == name })
	if isNumber && l.current.Columns[i].IsFlag {
		return number != 0
	}
	return value
}

// scan reads a file from its start, and returns its header.
func scan(file io.ReadSeeker, begin func(table string, columns []string) error, add func(row []any) error) (header line, err error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return line{}, err
	}
	decoder := json.NewDecoder(file)
	decoder.UseNumber()
	if err := decoder.Decode(&header); err != nil || header.Format != format || header.Made == nil {
		return line{}, ErrFormat
	}
	rows, columns := int64(0), 0
	for {
		var raw json.RawMessage
		if err := decoder.Decode(&raw); err != nil {
			return line{}, fmt.Errorf("%w: %w", ErrCut, err)
		}
		if raw[0] == '[' {
			row, err := decoded(raw)
			if err == nil && len(row) != columns {
				err = fmt.Errorf("%w: a row has %d values", ErrFormat, len(row))
			}
			if err == nil {
				err = add(row)
			}
			if err != nil {
				return line{}, err
			}
			rows++
			continue
		}
		var next line
		if err := json.Unmarshal(raw, &next); err != nil {
			return line{}, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		switch {
		case next.Rows != nil && *next.Rows == rows:
			return header, nil
		case next.Rows != nil:
			return line{}, ErrCut
		case next.Table == "":
			return line{}, ErrFormat
		}
		columns = len(next.Columns)
		if err := begin(next.Table, next.Columns); err != nil {
			return line{}, err
		}
	}
}

func decoded(raw []byte) ([]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var row []any
	if err := decoder.Decode(&row); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	for i, value := range row {
		var err error
		if row[i], err = decodedValue(value); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
	}
	return row, nil
}

func decodedValue(value any) (any, error) {
	switch v := value.(type) {
	case nil, string:
		return v, nil
	case json.Number:
		return v.Int64()
	case map[string]any:
		if text, ok := v["bytes"].(string); ok && len(v) == 1 {
			return base64.StdEncoding.DecodeString(text)
		}
		if text, ok := v["text"].(string); ok && len(v) == 1 {
			content, err := base64.StdEncoding.DecodeString(text)
			return string(content), err
		}
	}
	return nil, errors.New("a value of an unknown kind")
}

// compare compares every row of a store with a file, but for the mark of a copy.
func compare(ctx context.Context, file io.ReadSeeker, loaded store.Tables) error {
	list, err := loaded.Tables(ctx)
	if err != nil {
		return err
	}
	tables := map[string]store.Table{}
	for _, table := range list {
		tables[table.Name] = table
	}
	c := &comparer{ctx: ctx, loaded: loaded, tables: tables}
	if _, err = scan(file, c.begin, c.add); err != nil {
		c.abandon()
		return err
	}
	return c.end()
}

// comparer reads the rows of a table beside those of the file.
type comparer struct {
	ctx     context.Context
	loaded  store.Tables
	tables  map[string]store.Table
	current store.Table
	columns []string // as the file has them
	next    func() ([]any, error, bool)
	stop    func()
}

func (c *comparer) begin(table string, columns []string) error {
	if err := c.end(); err != nil {
		return err
	}
	c.current, c.columns = c.tables[table], columns
	c.next, c.stop = iter.Pull2(func(yield func([]any, error) bool) {
		err := each(c.ctx, c.loaded, c.current, func(row []any) error {
			if c.isMark(c.current.Columns[0].Name, row[0]) || yield(row, nil) {
				return nil
			}
			return errEnough
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(nil, err)
		}
	})
	return nil
}

// errEnough ends each without an error.
var errEnough = errors.New("enough rows")

// isMark reports whether a row is the mark of the copy, which the file need not have.
func (c *comparer) isMark(column string, value any) bool {
	return c.current.Name == "meta" && column == "name" && value == store.CopyMarkName
}

func (c *comparer) add(row []any) error {
	if c.isMark(c.columns[0], row[0]) {
		return nil
	}
	got, err, isThere := c.next()
	if err != nil {
		return err
	}
	if !isThere {
		return fmt.Errorf("%w: the table %s lacks rows", ErrDiffers, c.current.Name)
	}
	for i, column := range c.columns {
		at := slices.IndexFunc(c.current.Columns, func(col store.Column) bool { return col.Name == column })
		if !same(row[i], got[at]) {
			return fmt.Errorf("%w: a row of the table %s has another %s", ErrDiffers, c.current.Name, column)
		}
	}
	return nil
}

func same(a, b any) bool {
	x, isBytes := a.([]byte)
	y, areBytes := b.([]byte)
	if isBytes || areBytes {
		return isBytes && areBytes && bytes.Equal(x, y)
	}
	return a == b
}

// abandon ends the reading of a table.
func (c *comparer) abandon() {
	if c.next != nil {
		c.stop()
	}
}

// end checks that the table has no further rows.
func (c *comparer) end() error {
	if c.next == nil {
		return nil
	}
	defer c.stop()
	_, err, more := c.next()
	c.next = nil
	if err == nil && more {
		return fmt.Errorf("%w: the table %s has further rows", ErrDiffers, c.current.Name)
	}
	return err
}
