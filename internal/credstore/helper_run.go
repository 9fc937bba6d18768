package credstore

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"strings"
	"time"
	"unicode"

	"github.com/dxauth/dxauth/pkg/secret"
	"github.com/dxauth/dxauth/pkg/secret/redact"
)

const (
	// maxHelperOutput bounds what is kept of a helper's output, in bytes.
	maxHelperOutput = 64 << 10
	// maxHelperComplaint bounds what an error shows of it, in characters.
	maxHelperComplaint = 200
	// helperGrace bounds how long the output of an ended helper may stay open,
	// for example because a child of it still runs.
	helperGrace = 500 * time.Millisecond
)

// run makes one request. It returns what the helper wrote to its standard
// output, ErrNotFound, or an *UnavailableError.
func (h helper) run(ctx context.Context, verb string, request secret.Text) (secret.Text, error) {
	path, err := exec.LookPath(h.program())
	if err != nil {
		return secret.Text{}, unavailable(h.Probe(ctx))
	}
	limited, cancel := context.WithTimeoutCause(ctx, h.patience, errNoAnswer)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(limited, path, verb)
	cmd.Stdin = strings.NewReader(request.Reveal() + "\n")
	out, errs := &boundedWriter{to: &stdout, left: maxHelperOutput}, &boundedWriter{to: &stderr, left: maxHelperOutput}
	cmd.Stdout, cmd.Stderr = out, errs
	cmd.WaitDelay = helperGrace

	err = cmd.Run()
	switch {
	case out.exceeded || errs.exceeded:
		return secret.Text{}, unavailable(h.probed(Declined, h.program()+" wrote far more than an answer"))
	case err == nil, errors.Is(err, exec.ErrWaitDelay): // ErrWaitDelay: it left a child
		return secret.New(stdout.String()), nil
	case ctx.Err() != nil:
		return secret.Text{}, ctx.Err()
	case errors.Is(context.Cause(limited), errNoAnswer):
		return secret.Text{}, unavailable(h.probed(Unresponsive, h.program()+" did not answer in time"))
	}
	if verb == "get" {
		return secret.Text{}, h.failedGet(stdout.String(), stderr.String(), err)
	}
	return secret.Text{}, h.complaint(request, stdout.String(), stderr.String(), err)
}

// failedGet is the error of a helper that did not return a credential. It shows
// nothing of the helper's words, in which the credential may be.
func (h helper) failedGet(stdout, stderr string, err error) error {
	if isNotFound(stdout) || isNotFound(stderr) {
		return ErrNotFound
	}
	return unavailable(h.probed(Declined, h.program()+" failed to get the credential ("+err.Error()+")"))
}

func isNotFound(message string) bool {
	return strings.Contains(strings.ToLower(message), "credentials not found")
}

// complaint returns the typed error of a helper's failure. By the protocol the message
// is on standard output; some helpers write it to standard error.
func (h helper) complaint(request secret.Text, stdout, stderr string, err error) error {
	message := stdout
	if strings.TrimSpace(stdout) == "" {
		message = stderr
	}
	if isNotFound(message) {
		return ErrNotFound
	}
	detail := h.program() + " failed (" + err.Error() + ")"
	if shown := presentable(message); shown != "" && !quotes(message, request) {
		detail += ": " + shown
	}
	return unavailable(h.probed(Declined, detail))
}

// presentable makes one short line of a program's message.
func presentable(message string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		default:
			return r
		}
	}, strings.ToValidUTF8(message, ""))
	line := []rune(strings.Join(strings.Fields(clean), " "))
	if len(line) > maxHelperComplaint {
		return string(line[:maxHelperComplaint]) + "…"
	}
	return string(line)
}

// quotes reports whether a message may contain a credential, from the answer or the
// request. Only a request with a secret is JSON.
func quotes(message string, request secret.Text) bool {
	if strings.Contains(message, `"Secret"`) {
		return true
	}
	const tellingLength = 8
	sent := request.Reveal()
	if !strings.HasPrefix(sent, "{") {
		return false
	}
	hide := redact.New(redact.SecretsOf(nil, "", []byte(sent))...)
	if hide.Text(message) != redact.Clean(message) {
		return true
	}
	for i := 0; i+tellingLength <= len(sent); i++ {
		if strings.Contains(message, sent[i:i+tellingLength]) {
			return true
		}
	}
	return false
}

// errTooMuch ends the copying of a helper's output.
var errTooMuch = errors.New("too much output")

// boundedWriter accepts up to left bytes.
type boundedWriter struct {
	to       io.Writer
	left     int
	exceeded bool
}

func (w *boundedWriter) Write(p []byte) (int, error) {
	if len(p) > w.left {
		w.exceeded = true
		return 0, errTooMuch
	}
	w.left -= len(p)
	return w.to.Write(p)
}
