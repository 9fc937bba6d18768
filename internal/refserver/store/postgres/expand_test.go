//go:build unix

package postgres

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// contracting is what a migration may do only to what the previous release no longer
// uses, which its comment has to say: servers of that release continue to run while it
// is applied, and until they are replaced.
var contracting = []string{
	`\bDROP\s+(TABLE|COLUMN|CONSTRAINT|TRIGGER|FUNCTION|SEQUENCE|VIEW)\b`,
	`\bRENAME\b`,
	`\bALTER\s+(COLUMN\s+)?\S+\s+(SET\s+DATA\s+)?TYPE\b`,
	`\bSET\s+NOT\s+NULL\b`,
	`\bDROP\s+DEFAULT\b`,
	`\bADD\s+(CONSTRAINT|CHECK|UNIQUE|PRIMARY|FOREIGN)\b`,
	`\b(DELETE\s+FROM|TRUNCATE)\b`,
}

// excuse is the comment of a migration that contracts.
const excuse = "-- contract: unused since "

// breaches returns what in a migration could make the previous release fail.
func breaches(script string) []string {
	var found []string
	for _, statement := range strings.Split(script, ";") {
		if strings.Contains(statement, excuse) {
			continue
		}
		for _, pattern := range contracting {
			found = append(found, regexp.MustCompile(`(?i)`+pattern).FindAllString(statement, -1)...)
		}
		added := regexp.MustCompile(`(?i)\bADD\s+COLUMN\b[^,]*`).FindAllString(statement, -1)
		for _, column := range added {
			if regexp.MustCompile(`(?i)NOT\s+NULL`).MatchString(column) && !regexp.MustCompile(`(?i)\bDEFAULT\b`).MatchString(column) {
				found = append(found, column)
			}
		}
	}
	return found
}

// Servers of the previous release work with the tables of this one: see "Expand, then
// contract" in CONTRIBUTING.md.
func TestMigrationsExpand(t *testing.T) {
	scripts, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	for i, script := range scripts[1:] { // the first makes the tables
		for _, breach := range breaches(script) {
			t.Errorf("migration %d: %q breaks servers of the previous release", i+2, breach)
		}
	}
}

func TestBreachesOfMigrations(t *testing.T) {
	for script, want := range map[string][]string{
		"CREATE TABLE a (b TEXT NOT NULL)":                                 nil,
		"ALTER TABLE a ADD COLUMN b TEXT NOT NULL DEFAULT ''":              nil,
		"ALTER TABLE a ADD COLUMN b TEXT":                                  nil,
		"CREATE INDEX a_b ON a (b); DROP INDEX a_c":                        nil,
		"ALTER TABLE a ADD COLUMN b TEXT, ADD COLUMN c BIGINT NOT NULL":    {"ADD COLUMN c BIGINT NOT NULL"},
		"ALTER TABLE a DROP COLUMN b":                                      {"DROP COLUMN"},
		"alter table a rename column b to c":                               {"rename"},
		"ALTER TABLE a ALTER COLUMN b TYPE BIGINT":                         {"ALTER COLUMN b TYPE"},
		"ALTER TABLE a ALTER b SET NOT NULL":                               {"SET NOT NULL"},
		"DROP TABLE a":                                                     {"DROP TABLE"},
		"ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0)":                     {"ADD CONSTRAINT"},
		"-- contract: unused since 1.4\nDROP TABLE a; DROP TABLE b":        {"DROP TABLE"},
		"-- contract: unused since 1.4\nALTER TABLE a DROP COLUMN b":       nil,
		"UPDATE a SET b = 1; DELETE FROM a":                                {"DELETE FROM"},
		"CREATE TABLE b (c BIGINT REFERENCES a (d) ON DELETE SET DEFAULT)": nil,
	} {
		if got := breaches(script); !slices.Equal(got, want) {
			t.Errorf("%s: %s, want %s", script, fmt.Sprintf("%q", got), fmt.Sprintf("%q", want))
		}
	}
}
