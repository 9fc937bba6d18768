package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// A database that cannot serve now differs from one that refuses a statement.
func TestClassify(t *testing.T) {
	for code, isAway := range map[string]bool{
		"08006": true, "57P01": true, "57P03": true, "57014": true, "53200": true, "53300": true, "53100": true, "55P03": true, "25006": true,
		"58030": true, "XX001": true, "40003": true,
		"42601": false, "23505": false, "40001": false, "40P01": false, "55006": false, "22021": false, "": false,
	} {
		err := classify(fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: code}))
		if errors.Is(err, transaction.ErrUnavailable) != isAway {
			t.Errorf("%s became %v", code, err)
		}
		if again := code == "40001" || code == "40P01"; isConflict(err) != again {
			t.Errorf("%s runs again: %v", code, isConflict(err))
		}
		if shortage := code == "53200"; isShortage(err) != shortage {
			t.Errorf("%s is a shortage: %v", code, isShortage(err))
		}
	}
	for err, isAway := range map[error]bool{
		nil: false, errors.New("a rule of the program"): false, context.Canceled: false,
		io.ErrUnexpectedEOF: true, net.ErrClosed: true, errNoResponse: true, &net.OpError{Op: "dial", Err: errors.New("refused")}: true,
	} {
		if got := classify(err); errors.Is(got, transaction.ErrUnavailable) != isAway || (got == nil) != (err == nil) {
			t.Errorf("%v became %v", err, got)
		}
	}
}
