package store

import "context"

// Table is a table of a store, as an engine has it.
type Table struct {
	Name    string
	Columns []Column
	Key     []string // the columns of its primary key, in order
}

// Column is a column of a table.
type Column struct {
	Name   string
	IsFlag bool // the engine has a type of its own for it, with the values true and false
}

// Tables are all rows of a store, for a copy of it.
type Tables interface {
	Conn
	// Tables returns all tables but those that are the engine's own.
	Tables(ctx context.Context) ([]Table, error)
	// LastNumber returns the last number that a table gave to a row, or 0 if the engine
	// does not remember it: then the largest one was.
	LastNumber(ctx context.Context, table string) (int64, error)
	// SetLastNumber makes a table continue after a number.
	SetLastNumber(ctx context.Context, table string, number int64) error
}

// Number runs a query for one number.
func Number(ctx context.Context, conn Conn, query string, args ...any) (number int64, err error) {
	err = tx{conn}.row(ctx, errNoRow, query, args, &number)
	return number, err
}

// CollectTables reads the response to a query for tables: their names and columns in
// order, the place of a column in the primary key or 0, and, if the engine has a type
// for flags, whether it is one.
func CollectTables(rows Rows) ([]Table, error) {
	defer rows.Close()
	var list []Table
	for rows.Next() {
		var table string
		var column Column
		var place int
		if err := rows.Scan(&table, &column.Name, &place, &column.IsFlag); err != nil {
			return nil, err
		}
		if len(list) == 0 || list[len(list)-1].Name != table {
			list = append(list, Table{Name: table})
		}
		t := &list[len(list)-1]
		t.Columns = append(t.Columns, column)
		if place > 0 {
			t.Key = append(t.Key, make([]string, max(0, place-len(t.Key)))...)
			t.Key[place-1] = column.Name
		}
	}
	return list, rows.Err()
}
