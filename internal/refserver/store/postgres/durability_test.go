//go:build unix

package postgres_test

import (
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/testpostgres"
)

// Each setting that lets an acknowledged change be lost is named.
func TestRisks(t *testing.T) {
	url := newDatabase(t)
	for _, test := range []struct {
		setting string
		want    []string // in the sentences; fsync is off in every server of the tests
	}{
		{"synchronous_commit = 'on'", []string{"fsync", "synchronous_standby_names is empty"}},
		{"synchronous_commit = 'off'", []string{"fsync", "synchronous_commit is off"}},
		{"synchronous_commit = 'local'", []string{"fsync", "synchronous_standby_names is empty"}},
	} {
		if err := testpostgres.Execute(url, "DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET "+strings.ReplaceAll(test.setting, "'", "''")+"'; END $$"); err != nil {
			t.Fatal(err)
		}
		risks, err := open(t, url).Risks(t.Context())
		if err != nil || len(risks) != len(test.want) {
			t.Fatalf("%s: %q, %v", test.setting, risks, err)
		}
		for i, want := range test.want {
			if !strings.Contains(risks[i], want) {
				t.Errorf("%s: %q does not say %s", test.setting, risks[i], want)
			}
		}
	}
}
