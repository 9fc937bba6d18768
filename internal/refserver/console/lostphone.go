package console

import (
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// lostPhone says to somebody who lost phone and recovery codes whom to ask. It is the same
// for everyone: strangers learn nothing of an account.
func (c *Console) lostPhone(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	c.Show(w, r, v, http.StatusOK, "lostphone", "Lost phone", nil)
}
