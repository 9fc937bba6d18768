package console

import (
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/mail"
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
func (c *Console) showMails(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	if !c.mailing.AreShown() {
		c.pages.Refuse(w, r, v, errNoMailPage)
		return
	}
	list, err := c.mailing.List(r.Context(), v.Caller)
	if err != nil {
		c.pages.Refuse(w, r, v, err)
		return
	}
	var data mailData
	for _, shown := range list {
		data.Mails = append(data.Mails, shownMail{
			Time: timeText(shown.Made), To: shown.Letter.To, Subject: shown.Letter.Subject, Text: shown.Letter.Text.Reveal(),
		})
	}
	c.show(w, r, v, http.StatusOK, "mail", "E-mails", data)
}

// MenuWithMail is Menu for a server that shows its e-mails.
func MenuWithMail(v browser.Visitor) []browser.Link {
	links := Menu(v)
	if v.IsSignedIn() && v.Caller.User.Superuser {
		links = append(links, browser.Link{Text: "E-mails", Path: mail.PagePath})
	}
	return links
}
