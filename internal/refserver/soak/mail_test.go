//go:build unix

package soak

import (
	"database/sql"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/dxauth/dxauth/internal/testsmtp"
)

// An e-mail is not lost whoever is killed while it is delivered: the server, or the mail
// server, after that has taken the message and before it says so. It is sent again, with the
// same Message-ID, and the code in it works.
func TestAnEmailOfAKilledDelivery(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*testing.T, *server, *testsmtp.Server){
		"the server": func(_ *testing.T, s *server, _ *testsmtp.Server) { s.kill() },
		"the mail server": func(t *testing.T, s *server, mails *testsmtp.Server) {
			mails.Close()
			await(t, "the server notes the failure", func() bool { return containsAll(s.stderr.String(), "could not send e-mails") })
			s.kill()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "store.db")
			mails := startMails(t)
			mails.FallSilent()
			s := serveMails(t, file, mails)
			s.sendForm("/console/sign-up", url.Values{
				"username": {"dora"}, "email": {"dora@example.org"}, "first": {"Dora"}, "last": {"Doe"},
				"new": {"opens-a-box-2026"}, "again": {"opens-a-box-2026"},
			})
			first := nextMail(t, mails)
			end(t, s, mails)
			if left := waitingMails(t, file); left != 1 {
				t.Fatalf("%d messages wait", left)
			}

			passLease(t, file)
			mails = startMails(t)
			s = serveMails(t, file, mails)
			again := nextMail(t, mails)
			if again != first {
				t.Errorf("sent at first: %+v, then: %+v", first, again)
			}
			await(t, "no message waits", func() bool { return waitingMails(t, file) == 0 })
			s.sendForm("/console/sign-up/activate", url.Values{"code": {again.code}})
			if more := mails.Waiting(); more != 0 {
				t.Errorf("%d more messages came", more)
			}
			s.stop()
		})
	}
}

// startMails starts a mail server, which ends with the test at the latest.
func startMails(t *testing.T) *testsmtp.Server {
	t.Helper()
	mails, err := testsmtp.Start()
	must(t, err)
	t.Cleanup(mails.Close)
	return mails
}

// serveMails starts the program on a store, with open sign-ups and a mail server.
func serveMails(t *testing.T, file string, mails *testsmtp.Server) *server {
	t.Helper()
	return serve(t, file, "--signup", "open", "--smtp", mails.URL(), "--smtp-from", "dxauth@example.org")
}

// sendForm sends a form of a page that accepts it.
func (s *server) sendForm(path string, form url.Values) {
	s.t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.PostForm(s.url+path, form)
	must(s.t, err)
	must(s.t, response.Body.Close())
	if response.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("%s: %s", path, response.Status)
	}
}

// sentMail is what identifies a message to Dora.
type sentMail struct{ id, code string }

func nextMail(t *testing.T, mails *testsmtp.Server) sentMail {
	t.Helper()
	text, err := mails.Next(t.Context(), "dora@example.org")
	must(t, err)
	mail := sentMail{
		regexp.MustCompile(`(?m)^Message-ID: <[^>]+>`).FindString(text),
		regexp.MustCompile(`[0-9a-z]{4}(-[0-9a-z]{4}){7}`).FindString(text),
	}
	if mail.id == "" || mail.code == "" {
		t.Fatalf("the message is %q", text)
	}
	return mail
}

func waitingMails(t *testing.T, file string) (count int) {
	t.Helper()
	db := openDatabase(t, file)
	defer db.Close()
	must(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM outbox").Scan(&count))
	return count
}

// passLease makes the messages of a store due, as if the time of the server that claimed
// them were over.
func passLease(t *testing.T, file string) {
	t.Helper()
	db, err := sql.Open("sqlite", file+"?_pragma=busy_timeout(5000)")
	must(t, err)
	_, err = db.ExecContext(t.Context(), "UPDATE outbox SET next_try = 0")
	must(t, err)
	must(t, db.Close())
}
