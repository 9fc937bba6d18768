package browser

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/service/idle"
)

// PathSession is where the script of pages asks how long the session lasts. To ask, by
// GET, is not a use of the session; POST is one.
const PathSession = "/console/session"

// warnBefore returns how long before the end of an idle session its pages warn.
func warnBefore(limit time.Duration) time.Duration { return min(2*time.Minute, limit/3) }

// sessionLeft says how long a session lasts without a use.
type sessionLeft struct {
	Left int64 `json:"left"` // seconds; 0: it has ended
	Warn int64 `json:"warn"` // seconds before the end
}

// left serves the time that the session has. It does not authenticate the visitor,
// which would be a use.
func (p *Pages) left(w http.ResponseWriter, r *http.Request) {
	var said sessionLeft
	bearer := p.base.CookieOf(r, sessionCookie).Value()
	if !bearer.IsZero() {
		left, limit, err := idle.Left(r.Context(), p.service, bearer)
		if err != nil && !isBadSession(err) {
			p.Refuse(w, r, Visitor{}, err)
			return
		}
		said = sessionLeft{Left: secondsUp(left), Warn: int64(warnBefore(limit) / time.Second)}
	}
	body, err := json.Marshal(said)
	if err != nil { // cannot happen: only numbers
		panic(err)
	}
	httpkit.WriteJSON(w, http.StatusOK, body)
}

// secondsUp rounds up, so that a session with a fraction of a second has not ended.
func secondsUp(d time.Duration) int64 { return int64((max(0, d) + time.Second - 1) / time.Second) }

// use serves the button that keeps a session: that the visitor was authenticated is the
// use.
func (p *Pages) use(w http.ResponseWriter, _ *http.Request, _ Visitor) {
	w.WriteHeader(http.StatusNoContent)
}
