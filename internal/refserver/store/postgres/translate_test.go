//go:build unix

package postgres

import (
	"fmt"
	"testing"
)

func TestTranslate(t *testing.T) {
	for statement, want := range map[string]string{
		"SELECT 1":                                          "SELECT 1",
		"VALUES (?, ?)":                                     "VALUES ($1, $2)",
		"a CROSS JOIN b ON":                                 "a JOIN b ON",
		"id IN (SELECT value FROM json_each(?))":            "id = ANY (ARRAY(SELECT value FROM json_array_elements_text(CAST($1 AS JSON))))",
		"SELECT key FROM json_each(?) AS pairs":             "SELECT key FROM json_each_text(CAST($1 AS JSON)) AS pairs",
		"SELECT value, ? FROM json_each(?) WHERE ? = value": "SELECT value, $1 FROM json_array_elements_text(CAST($2 AS JSON)) WHERE $3 = value",
	} {
		var texts translations
		for range 2 {
			if got := texts.of(statement); got != want {
				t.Errorf("%s became %s", statement, got)
			}
		}
	}
}

// Texts without end need memory with an end.
func TestTranslationsAreBounded(t *testing.T) {
	var texts translations
	for i := range 3 * maxTranslations {
		texts.of(fmt.Sprint("SELECT ", i))
		if len(texts.known) > maxTranslations {
			t.Fatalf("%d are known", len(texts.known))
		}
	}
}
