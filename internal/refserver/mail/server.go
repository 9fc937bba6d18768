package mail

import (
	"cmp"
	"errors"
	"net/url"
)

// Ports of RFC 6409 and RFC 8314.
const (
	portSubmission  = "587"
	portSubmissions = "465"
)

// ParseServer reads the URL of a mail server, smtp://HOST or smtps://HOST with or without
// a port.
func ParseServer(text string) (SMTP, error) {
	parsed, err := url.Parse(text)
	switch {
	case err != nil || parsed.Hostname() == "" || parsed.Scheme != "smtp" && parsed.Scheme != "smtps":
		return SMTP{}, errors.New("not smtp://HOST:PORT or smtps://HOST:PORT")
	case parsed.User != nil:
		return SMTP{}, errors.New("a user or password in a URL would be seen by others")
	case parsed.Path != "" && parsed.Path != "/" || parsed.RawQuery != "" || parsed.Fragment != "":
		return SMTP{}, errors.New("nothing may follow the host and port")
	}
	server := SMTP{Host: parsed.Hostname(), Port: cmp.Or(parsed.Port(), portSubmission)}
	if parsed.Scheme == "smtps" {
		server.Implicit, server.Port = true, cmp.Or(parsed.Port(), portSubmissions)
	}
	return server, nil
}
