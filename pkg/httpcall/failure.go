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

	"github.com/dxauth/dxauth/pkg/secret/redact"
)

// ErrAnswerTooLarge is wrapped by the error of a call whose answer has more
// than 16 MiB.
var ErrAnswerTooLarge = errors.New("the answer is larger than 16 MiB")

// UnexpectedAnswerError is an answer that is not of the protocol: most often the
// address is that of another service, or a proxy answered in its place. It shows
// nothing of the body, which may hold a live token in any form.
type UnexpectedAnswerError struct {
	URL         string
	Status      int    // HTTP status code
	ContentType string // as the server names it, without parameters; may be empty
	Length      int    // of the body, in bytes
	Problem     string // what is wrong with the body and at which byte; may be empty
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
	text := fmt.Sprintf("%s answered with status %d and %s", e.URL, e.Status, contentType)
	if e.Problem != "" {
		text += fmt.Sprintf(" (%s of %d)", e.Problem, e.Length)
	}
	return text + ": " + doubt
}

// RedirectError is a redirect, which is never followed: a credential belongs to
// the host that it was made for.
type RedirectError struct {
	From string // the URL that was called
	To   string // scheme and host where the server points: the rest may hold a live token
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
// "connection refused", "no connection within 10s", "timed out".
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
	if late, ok := errors.AsType[*ConnectTimeoutError](err); ok {
		return late.Error()
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
		return knownReason(err)
	}
}

// knownReason quotes only errors that hold no text of an answer: package http puts
// what is not HTTP into its errors, and it may be a live token.
func knownReason(err error) string {
	const ofTLS = "tls: "
	if errors.Is(err, errProxy) {
		return errProxy.Error()
	}
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number.Error()
	}
	if name, ok := errors.AsType[*net.DNSError](err); ok {
		return clean(name.Err)
	}
	if address, ok := errors.AsType[*net.AddrError](err); ok {
		return clean(address.Err)
	}
	switch text := innermost(err).Error(); {
	case strings.HasPrefix(text, ofTLS):
		return cut(clean(text))
	case isStatusText(text):
		return "the proxy: " + text
	default:
		return "no valid HTTP response"
	}
}

func innermost(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err
}

// isStatusText reports whether a text is the name of a status with which a proxy
// refuses a tunnel. It is all that package http says of it.
func isStatusText(text string) bool {
	for status := http.StatusBadRequest; status < 600; status++ {
		if text != "" && text == http.StatusText(status) {
			return true
		}
	}
	return false
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
func unreachable(request *http.Request, err error, redactor redact.Redactor) error {
	if isGivenUp(request.Context(), err) {
		return fmt.Errorf("calling %s: %w", redactor.Text(request.URL.String()), context.Canceled)
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // without the URL, which the text has already
	}
	return &UnreachableError{Server: request.URL.Scheme + "://" + request.URL.Host, Err: networkError{err}}
}

// isGivenUp reports whether the caller ended the call. The error may be the cause of that
// only, which is not a time limit of the caller's.
func isGivenUp(ctx context.Context, err error) bool {
	isCancelled := ctx.Err() != nil && !errors.Is(context.Cause(ctx), context.DeadlineExceeded)
	return isCancelled || errors.Is(err, context.Canceled)
}

// networkError is an error of the network without what it quotes of an answer.
type networkError struct{ err error }

func (e networkError) Error() string { return plainReason(e.err) }

func (e networkError) Unwrap() error { return e.err }

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
func (a Answer) Redirect() error {
	if a.Status/100 != 3 || a.Header.Get("Location") == "" {
		return nil
	}
	return &RedirectError{From: a.URL(), To: a.Excerpt(siteOf(a.Location()))}
}

// siteOf returns scheme and host of where a redirect leads.
func siteOf(target *url.URL) string {
	switch {
	case target == nil, target.Host == "":
		return "an address without a host"
	case target.Scheme != "https" && target.Scheme != "http":
		return "another kind of address"
	default:
		return target.Scheme + "://" + target.Host
	}
}

// Decode reads the JSON of the body into what out points to. It returns an
// [*UnexpectedAnswerError] if the body is anything else, or lacks a list of rows: see
// [MissingList].
func (a Answer) Decode(out any) error {
	if err := json.Unmarshal(a.Body, out); err != nil {
		return a.unexpected(a.problemOf(err))
	}
	if name := MissingList(out); name != "" {
		unexpected := a.unexpected("")
		unexpected.Missing = name
		return unexpected
	}
	return nil
}

// problemOf says in plain words where JSON is wrong. The errors of package json quote
// what they read.
func (a Answer) problemOf(err error) string {
	if len(a.Body) == 0 {
		return ""
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("not JSON at byte %d", syntax.Offset)
	}
	if wrongType, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Sprintf("not the expected value at byte %d", wrongType.Offset)
	}
	return "not of the expected form within its bytes"
}

// Unexpected returns the error for an answer that is not of the protocol.
func (a Answer) Unexpected() *UnexpectedAnswerError {
	var value json.RawMessage
	if err := json.Unmarshal(a.Body, &value); err != nil {
		return a.unexpected(a.problemOf(err))
	}
	return a.unexpected("")
}

func (a Answer) unexpected(problem string) *UnexpectedAnswerError {
	contentType, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
	if _, _, err := mime.ParseMediaType(contentType); err != nil {
		contentType = ""
	}
	return &UnexpectedAnswerError{
		URL:         a.URL(),
		Status:      a.Status,
		ContentType: a.Excerpt(contentType),
		Length:      len(a.Body),
		Problem:     problem,
	}
}

// Excerpt returns server text that fits an error message: without the secrets of the
// call, its visible characters only, at most 200 of them.
func (a Answer) Excerpt(text string) string { return a.shorten(text, 200) }

// Message is [Answer.Excerpt] for the message of a refusal, which may be longer: at
// most 1000 characters, with a word where more was cut.
func (a Answer) Message(text string) string { return a.shorten(text, 1000) }

// JSON returns JSON of the answer without the secrets that the call sent, and
// otherwise as it is.
func (a Answer) JSON(part json.RawMessage) json.RawMessage { return a.redactor.JSON(part) }

// maxSearched is the largest text in which secrets are searched, in bytes.
const maxSearched = 64 << 10

// shorten does not quote the beginning of a text that is too long to search: it
// could end within a secret.
func (a Answer) shorten(text string, limit int) string {
	if len(text) > maxSearched {
		return fmt.Sprintf("(%d bytes of text, too many to show)", len(text))
	}
	shown := []rune(a.redactor.Text(clean(text)))
	if len(shown) <= limit {
		return string(shown)
	}
	return string(shown[:limit]) + " … (cut)"
}

// clean drops what is not visible and makes every run of blanks one space.
func clean(text string) string { return strings.Join(strings.Fields(redact.Clean(text)), " ") }

// cut shortens text to 200 characters.
func cut(text string) string {
	const limit = 200
	if chars := []rune(text); len(chars) > limit {
		return string(chars[:limit]) + " … (cut)"
	}
	return text
}
