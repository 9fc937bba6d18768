//go:build unix

package postgres

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dxauth/dxauth/internal/testpostgres"
)

// S-59: the time is the database's, whatever the clock of this machine says and however it
// is set meanwhile.
func TestTimeIsThatOfTheDatabase(t *testing.T) {
	conn, err := pgx.Connect(t.Context(), testpostgres.Shared(t).URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for name, skew := range map[string]time.Duration{"right": 0, "five minutes behind": -5 * time.Minute, "a year ahead": 365 * 24 * time.Hour} {
		clock := dbClock{local: func() time.Time { return time.Now().Add(skew) }}
		if err := clock.read(t.Context(), conn); err != nil {
			t.Fatal(err)
		}
		// One machine, so both clocks are the same.
		if off := time.Until(clock.now()).Abs(); off > 100*time.Millisecond {
			t.Errorf("%s: wrong by %v", name, off)
		}
		last := clock.last.Load()
		clock.local = func() time.Time { return last.local.Add(3 * time.Second) }
		if passed := clock.now().Sub(last.database); passed != 3*time.Second {
			t.Errorf("%s: after 3 s, %v have passed", name, passed)
		}
	}
}
