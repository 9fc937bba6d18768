package browser

import (
	"fmt"
	"net/http"
	"net/url"
)

// pathCodesLeft is the page after a sign-in with a recovery code.
const pathCodesLeft = "/console/sign-in/codes-left"

// codesLeftData is what that page shows.
type codesLeftData struct {
	Left string
	Next string // path
}

// codesLeft says how many recovery codes the visitor has left, and where to make new ones.
func (p *Pages) codesLeft(w http.ResponseWriter, r *http.Request, v Visitor) {
	factor, err := p.service.TwoFactorStatus(r.Context(), v.Caller)
	if err != nil {
		p.Refuse(w, r, v, err)
		return
	}
	next := SafeNext(r.URL.Query().Get(fieldNext))
	if !factor.On { // the page was opened later
		p.redirect(w, next)
		return
	}
	data := codesLeftData{CodesLeftText(factor.CodesLeft), next}
	p.Render(w, r, http.StatusOK, Page{Title: "You used a recovery code", Content: p.templates["codesleft"], Data: data, Visitor: v})
}

// CodesLeftText says how many recovery codes a user has left.
func CodesLeftText(left int) string {
	switch left {
	case 0:
		return "No recovery code is left."
	case 1:
		return "1 recovery code is left."
	default:
		return fmt.Sprintf("%d recovery codes are left.", left)
	}
}

// afterRecovery returns the path of that page, which leads to next.
func afterRecovery(next string) string {
	return pathCodesLeft + "?" + url.Values{fieldNext: {SafeNext(next)}}.Encode()
}
