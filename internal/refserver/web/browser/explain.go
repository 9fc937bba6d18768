package browser

import (
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/syntax"
)

// Said is a refusal as a page says it.
type Said struct {
	Status  int
	Text    string
	seconds int64 // until the next attempt; 0: any time
}

// SetRetryAfter sets the header Retry-After, if there is a wait.
func (s Said) SetRetryAfter(w http.ResponseWriter) { httpkit.SetRetryAfter(w, s.seconds) }

// Explain returns what a page says about an error. Only refusals are quoted; the cause
// of a failure is for the log.
func Explain(err error) Said {
	if wait, ok := refusal.DetailsOf[refusal.Wait](err); ok {
		return Said{http.StatusTooManyRequests, "Too many attempts. Wait " + waitText(wait.Seconds()) + ", then try again.", wait.Seconds()}
	}
	text := sentence(err)
	switch refusal.CodeOf(err) {
	case refusal.Unauthenticated, refusal.SessionEnded, refusal.WrongCredentials, refusal.Denied:
		return Said{Status: http.StatusForbidden, Text: text}
	case refusal.NotFound:
		return Said{Status: http.StatusNotFound, Text: text}
	case refusal.Invalid:
		return Said{Status: http.StatusUnprocessableEntity, Text: text}
	case refusal.Conflict:
		return Said{Status: http.StatusConflict, Text: text}
	case refusal.Unavailable:
		return unavailable(err)
	default:
		return Said{Status: http.StatusInternalServerError, Text: "The server failed. Its administrator finds the cause in the log, by the number below."}
	}
}

// unavailable explains what the server cannot do now. To try again shortly helps a server
// that is busy, and may repeat a change whose outcome is not known.
func unavailable(err error) Said {
	said := Said{Status: http.StatusServiceUnavailable, seconds: httpkit.RetrySeconds(err)}
	switch refusal.ReasonOf(err) {
	case refusal.OutboxFull:
		said.Text = "The server cannot send the e-mail that this needs: too many are waiting. Nothing was changed. Try again later, or ask its administrator."
	case refusal.SignUpsFull:
		said.Text = "Too many sign-ups are waiting. Try again later, or ask the administrator of this server."
	case refusal.UnknownOutcome:
		said.Text = sentence(err)
	default:
		said.Text = "The server cannot do this at the moment. Try again shortly."
	}
	return said
}

// ExplainForm is Explain for an error about the form of a request. It says which kind of
// code was wrong, or used before: only somebody who gave the password reads that.
func ExplainForm(r *http.Request, err error) Said {
	said, kind := Explain(err), "recovery code"
	if syntax.IsVerificationCode(strings.TrimSpace(r.PostForm.Get(fieldCode))) {
		kind = "verification code"
	}
	switch reason := refusal.ReasonOf(err); {
	case reason == refusal.WrongOTP:
		said.Text = "Incorrect " + kind + "."
	case reason == refusal.UsedOTP && kind == "recovery code":
		said.Text = "This recovery code was used before. Each works once: take another one."
	case reason == refusal.UsedOTP:
		said.Text = "This code was used before. Wait for the next one, at most 30 seconds."
	}
	return said
}

// sentence returns the message of a refusal as a sentence.
func sentence(err error) string {
	text := err.Error()
	switch refusal.ReasonOf(err) {
	case refusal.WrongPassword:
		text = "wrong user name or password"
	case refusal.Reauthentication:
		text = "confirm that it is you to continue"
	}
	first, size := utf8.DecodeRuneInString(text)
	return strings.TrimSuffix(string(unicode.ToUpper(first))+text[size:], ".") + "."
}

func waitText(seconds int64) string {
	if seconds <= 90 {
		return fmt.Sprintf("%d seconds", seconds)
	}
	return fmt.Sprintf("%d minutes", (time.Duration(seconds)*time.Second+time.Minute-1)/time.Minute)
}

// Refuse shows the page of an error, and logs it if it is a failure of the server.
func (p *Pages) Refuse(w http.ResponseWriter, r *http.Request, v Visitor, err error) {
	said := Explain(err)
	if said.Status == http.StatusInternalServerError {
		httpkit.LogFault(r, p.log, err)
	}
	said.SetRetryAfter(w)
	data := messageData{Text: said.Text, RequestID: requestID(r, said.Status)}
	p.Render(w, r, said.Status, Page{Title: titleOf(said.Status), Content: p.templates["message"], Data: data, Visitor: v})
}

func requestID(r *http.Request, status int) string {
	if status != http.StatusInternalServerError {
		return ""
	}
	return httpkit.InfoOf(r.Context()).RequestID
}

func titleOf(status int) string {
	switch status {
	case http.StatusForbidden:
		return "Not allowed"
	case http.StatusNotFound:
		return "Not found"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return "Not now"
	case http.StatusInternalServerError:
		return "The server failed"
	default:
		return "Not possible"
	}
}

type messageData struct{ Text, RequestID string }

// message shows a page with one sentence.
func (p *Pages) message(w http.ResponseWriter, r *http.Request, status int, title, text string) {
	p.Render(w, r, status, Page{Title: title, Content: p.templates["message"], Data: messageData{Text: text}})
}
