package httpcall

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"unicode"
)

// ErrAnswerTooLarge is wrapped by the error of a call whose answer has more
// than 16 MiB.
var ErrAnswerTooLarge = errors.New("the answer is larger than 16 MiB")

// UnexpectedAnswerError is an answer that is not of the protocol: most often the
// address is that of another service, or a proxy answered in its place.
type UnexpectedAnswerError struct {
	URL         string
	Status      int    // HTTP status code
	ContentType string // as the server names it, without parameters; may be empty
	Excerpt     string // up to 200 printable characters of the body; may be empty
	Missing     string // the field that an otherwise good answer lacks, or ""
}

// Error describes the answer and says that the address may be wrong.
func (e *UnexpectedAnswerError) Error() string {
	const doubt = "this is perhaps not a platform server"
	if e.Missing != "" {
		return fmt.Sprintf("%s answered without %q: %s", e.URL, e.Missing, doubt)
	}
	contentType := e.ContentType
	if contentType == "" {
		contentType = "no content type"
	}
	text := fmt.Sprintf("%s answered with status %d and %s: %s", e.URL, e.Status, contentType, doubt)
	if e.Excerpt == "" {
		return text
	}
	return fmt.Sprintf("%s (it says %q)", text, e.Excerpt)
}

// RedirectError is a redirect, which is never followed: a credential belongs to
// the host that it was made for.
type RedirectError struct {
	From string // the URL that was called
	To   string // where the server points, cleaned to printable characters
}

// Error names both addresses.
func (e *RedirectError) Error() string {
	return fmt.Sprintf("%s redirects to %s, which is not followed: check the server's address", e.From, e.To)
}

// UnreachableError is a call without a whole answer.
type UnreachableError struct {
	Server string // scheme and host
	Err    error  // of the network
}

// Error names the server and the [UnreachableError.Reason].
func (e *UnreachableError) Error() string {
	return fmt.Sprintf("cannot reach %s: %s", e.Server, e.Reason())
}

// Unwrap returns the error of the network.
func (e *UnreachableError) Unwrap() error { return e.Err }

// Reason returns in a few words why there is no answer: "no such host",
// "connection refused", "timed out".
func (e *UnreachableError) Reason() string {
	if network, ok := errors.AsType[*net.OpError](e.Err); ok && network.Op == "proxyconnect" {
		return "the proxy: " + plainReason(network.Err)
	}
	return plainReason(e.Err)
}

func plainReason(err error) string {
	if certificate, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return certificateReason(certificate.Err)
	}
	if name, ok := errors.AsType[*net.DNSError](err); ok && name.IsNotFound {
		return "no such host"
	}
	switch {
	case isNotTLS(err):
		return "it does not speak TLS"
	case isTimeout(err):
		return "timed out"
	case isRefused(err):
		return "connection refused"
	case isLost(err):
		return "the connection was lost"
	default:
		return cut(clean(err.Error()))
	}
}

func certificateReason(err error) string {
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "its TLS certificate is for another name"
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return "its TLS certificate has expired or is not valid yet"
	}
	return "its TLS certificate is not trusted"
}

// Winsock's numbers for a refused and a reset connection. Package syscall does
// not map them to its own ECONNREFUSED and ECONNRESET, and no other system
// uses them.
const (
	winsockReset   = syscall.Errno(10054)
	winsockRefused = syscall.Errno(10061)
)

func isRefused(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, winsockRefused)
}

// isLost reports whether the connection ended under the call.
func isLost(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, winsockReset) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

func isTimeout(err error) bool {
	timed, ok := errors.AsType[net.Error](err)
	return ok && timed.Timeout() || errors.Is(err, context.DeadlineExceeded)
}

func isNotTLS(err error) bool {
	_, ok := errors.AsType[tls.RecordHeaderError](err)
	return ok || errors.Is(err, http.ErrSchemeMismatch)
}

// unreachable turns what http.Client says into the error of a call. That the
// caller gave up is not the server's fault and stays what it is.
func unreachable(request *http.Request, err error) error {
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("calling %s: %w", request.URL, context.Canceled)
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // without the URL, which the text has already
	}
	return &UnreachableError{Server: request.URL.Scheme + "://" + request.URL.Host, Err: err}
}

// Incomplete returns the [*UnexpectedAnswerError] for an answer of the server with
// the given base URL that is JSON but lacks a field which the call needs.
func Incomplete(base, route, field string) error {
	return &UnexpectedAnswerError{
		URL:         strings.TrimRight(base, "/") + route,
		Status:      http.StatusOK,
		ContentType: "application/json",
		Missing:     field,
	}
}

// Redirect returns a [*RedirectError] for a redirect, and nil for any other
// answer.
func (s Sender) Redirect(answer Answer) error {
	location := answer.Header.Get("Location")
	if answer.Status/100 != 3 || location == "" {
		return nil
	}
	return &RedirectError{From: answer.URL, To: s.Excerpt(location)}
}

// Unexpected returns the error for an answer that is not of the protocol. It
// quotes the body without secrets.
func (s Sender) Unexpected(answer Answer) *UnexpectedAnswerError {
	contentType, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if err != nil {
		contentType = ""
	}
	return &UnexpectedAnswerError{
		URL:         answer.URL,
		Status:      answer.Status,
		ContentType: s.Excerpt(contentType),
		Excerpt:     s.bodyExcerpt(answer.Body),
	}
}

// bodyExcerpt quotes a body as far as that is safe: JSON without its secrets,
// other text without the token. What begins like JSON and is broken could be a
// token's answer cut short, and is not quoted.
func (s Sender) bodyExcerpt(body []byte) string {
	if json.Valid(body) {
		return s.Excerpt(s.redactor().Body(body))
	}
	if text := strings.TrimSpace(string(body)); !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
		return s.Excerpt(text)
	}
	return ""
}

// Excerpt returns server text that fits an error message: without the credential,
// its printable characters only, at most 200 of them.
func (s Sender) Excerpt(text string) string { return cut(s.Redact(clean(text))) }

// Redact returns text with [secret.Redacted] in place of the credential.
func (s Sender) Redact(text string) string { return s.redactor().Text(text) }

// clean drops what is not printable, control and bidirectional characters
// among them, and makes every run of blanks one space.
func clean(text string) string {
	printable := strings.Map(func(char rune) rune {
		switch {
		case unicode.IsSpace(char):
			return ' '
		case unicode.IsPrint(char):
			return char
		default:
			return -1
		}
	}, text)
	return strings.Join(strings.Fields(printable), " ")
}

// cut shortens text to 200 characters.
func cut(text string) string {
	const limit = 200
	if chars := []rune(text); len(chars) > limit {
		return string(chars[:limit])
	}
	return text
}
