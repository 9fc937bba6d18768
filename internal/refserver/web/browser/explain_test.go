package browser

import (
	"net/http"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/outbox"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// What the server cannot do now is said with what helps: to wait, to ask somebody, or to
// look first, for a change that may have been made.
func TestExplainUnavailable(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]Said{
		service.ErrUnavailable:        {Text: "The server cannot do this at the moment. Try again shortly.", seconds: 2},
		outbox.ErrFull:                {Text: "The server cannot send the e-mail that this needs: too many are waiting. Nothing was changed. Try again later, or ask its administrator."},
		identity.ErrTooManyWait:       {Text: "Too many sign-ups are waiting. Try again later, or ask the administrator of this server."},
		transaction.ErrUnknownOutcome: {Text: "The store did not confirm the change: look whether it was made before you repeat it."},
	} {
		want.Status = http.StatusServiceUnavailable
		if got := Explain(err); got != want {
			t.Errorf("%v: got %+v, want %+v", err, got, want)
		}
	}
}
