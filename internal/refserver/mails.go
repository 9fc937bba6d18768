package refserver

import (
	"crypto/rand"

	"github.com/dxauth/dxauth/internal/refserver/console"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/mail"
	"github.com/dxauth/dxauth/internal/refserver/outbox"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/mailing"
)

// newOutbox returns where e-mails wait.
func newOutbox(c Config, key seal.Key) *outbox.Outbox {
	return outbox.New(outbox.Config{
		Mode: c.mailMode(), Key: key, Now: c.Now, Random: rand.Reader,
		Server: c.Name, URL: c.URL, SignUpPath: console.PathApproval, ActivationPath: console.PathActivate,
		ProfilePath: console.PathProfile,
	})
}

// mailMode returns what happens to e-mails. The users of a fixture are made up, so that
// nothing is lost if others read theirs.
func (c Config) mailMode() outbox.Mode {
	switch {
	case c.SMTP != nil:
		return outbox.Sent
	case c.Fixture != nil:
		return outbox.Shown
	default:
		return outbox.Off
	}
}

// signUpMode returns who can sign up, and how.
func (c Config) signUpMode() identity.SignUpMode {
	if c.SignUp == identity.SignUpOpen && c.mailMode() == outbox.Sent {
		return identity.SignUpMailed
	}
	return c.SignUp
}

// newSender returns what sends e-mails, or nil if there are none.
func newSender(s *service.Service, c Config) *mail.Sender {
	if c.mailMode() == outbox.Off {
		return nil
	}
	queue := mailing.New(s, c.outbox)
	if c.SMTP == nil {
		return mail.NewSender(queue, nil, c.Log)
	}
	return mail.NewSender(queue, *c.SMTP, c.Log)
}
