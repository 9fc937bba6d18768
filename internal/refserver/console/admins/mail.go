package admins

import (
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/internal/refusal"
)

// errNoMailPage is returned by a server that sends its e-mails, or has none.
var errNoMailPage = &refusal.Error{Code: refusal.NotFound, Message: "this server shows no e-mails"}

// mailData is what the page of e-mails shows.
type mailData struct{ Mails []shownMail }

// shownMail is an e-mail as the page shows it.
type shownMail struct{ Time, To, Subject, Text string }

// showMails shows the e-mails of a server that sends none, with their codes.
func (p *Pages) showMails(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	if !p.mailing.AreShown() {
		p.Browser.Refuse(w, r, v, errNoMailPage)
		return
	}
	list, err := p.mailing.List(r.Context(), v.Caller)
	if err != nil {
		p.Browser.Refuse(w, r, v, err)
		return
	}
	var data mailData
	for _, shown := range list {
		data.Mails = append(data.Mails, shownMail{
			Time: kit.TimeText(shown.Made), To: shown.Letter.To, Subject: shown.Letter.Subject, Text: shown.Letter.Text.Reveal(),
		})
	}
	p.Show(w, r, v, http.StatusOK, "mail", "E-mails", data)
}
