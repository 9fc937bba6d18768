package postgres

import (
	"strconv"
	"strings"
	"sync"
)

// translations are statements of package store as PostgreSQL reads them. The zero value
// is ready.
type translations struct {
	mutex sync.RWMutex
	known map[string]string
}

// maxTranslations bounds what is remembered. Statements with a fixed text are fewer; lists
// in searches have more variants.
const maxTranslations = 1000

// of returns a statement in the words of PostgreSQL.
func (t *translations) of(statement string) string {
	t.mutex.RLock()
	translated, found := t.known[statement]
	t.mutex.RUnlock()
	if found {
		return translated
	}
	translated = translate(statement)
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.known == nil || len(t.known) >= maxTranslations {
		t.known = map[string]string{}
	}
	t.known[statement] = translated
	return translated
}

// translate numbers the parameters and replaces what is particular to SQLite: its order
// of joins, and the rows of JSON. A list becomes an array, with which an index is searched whatever
// the size of the table was when the statement was planned.
func translate(statement string) string {
	statement = strings.NewReplacer(
		"CROSS JOIN", "JOIN",
		"IN (SELECT value FROM json_each(?))", "= ANY (ARRAY(SELECT value FROM json_array_elements_text(CAST(? AS JSON))))",
		"json_each(?) AS pairs", "json_each_text(CAST(? AS JSON)) AS pairs",
		"json_each(?)", "json_array_elements_text(CAST(? AS JSON))",
	).Replace(statement)
	var out strings.Builder
	for no, part := range strings.Split(statement, "?") {
		if no > 0 {
			out.WriteString("$" + strconv.Itoa(no))
		}
		out.WriteString(part)
	}
	return out.String()
}
