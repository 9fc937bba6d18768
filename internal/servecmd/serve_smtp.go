package servecmd

import (
	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/refserver/certificate"
	"github.com/dxauth/dxauth/internal/refserver/mail"
	"github.com/dxauth/dxauth/internal/refusal"
)

// smtpFlags say which mail server takes the e-mails.
type smtpFlags struct {
	server       string
	from         string
	user         string
	passwordFile string
	caCert       string
}

func (f *smtpFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.server, "smtp", "", "`URL` of the mail server that sends e-mails with codes and notices to users: smtp://HOST:587, or smtps://HOST:465 for TLS from the start (default none are sent)")
	flags.StringVar(&f.from, "smtp-from", "", "`ADDRESS` that e-mails are from")
	flags.StringVar(&f.user, "smtp-user", "", "`NAME` with which to sign in to the mail server")
	flags.StringVar(&f.passwordFile, "smtp-password-file", "", "`FILE` with the password for the mail server, which only its owner may read")
	flags.StringVar(&f.caCert, "smtp-ca-cert", "", "PEM `FILE` with certificate authorities to trust for the mail server, beside those of the system")
}

// maxSMTPPassword bounds the file with the password, in bytes.
const maxSMTPPassword = 4 << 10

// read returns the mail server, nil for none, or a usage error.
func (f *smtpFlags) read() (*mail.SMTP, error) {
	if f.server == "" {
		if f.from+f.user+f.passwordFile+f.caCert != "" {
			return nil, refusal.Usagef("--smtp-from, --smtp-user, --smtp-password-file and --smtp-ca-cert need --smtp")
		}
		return nil, nil
	}
	server, err := mail.ParseServer(f.server)
	if err != nil {
		return nil, refusal.Usagef("--smtp: %s", err).WithHint("give smtp://HOST:587 or smtps://HOST:465, and a password with --smtp-password-file")
	}
	if f.from == "" {
		return nil, refusal.Usagef("--smtp needs --smtp-from, the address that e-mails are from")
	}
	if err := mail.CheckAddress(f.from); err != nil {
		return nil, refusal.Usagef("--smtp-from: %s", err)
	}
	if (f.user == "") != (f.passwordFile == "") {
		return nil, refusal.Usagef("--smtp-user and --smtp-password-file go together")
	}
	server.From, server.User = f.from, f.user
	if f.passwordFile != "" {
		if server.Password, err = privatefile.ReadSecret(f.passwordFile, maxSMTPPassword); err != nil {
			return nil, refusal.Usagef("--smtp-password-file: %s", err)
		}
	}
	if f.caCert != "" {
		if server.Roots, err = certificate.ReadRoots(f.caCert); err != nil {
			return nil, refusal.Usagef("--smtp-ca-cert: %s", err)
		}
	}
	return &server, nil
}
