package dnanexus

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/dxauth/dxauth/pkg/httpcall"
)

// The errors of a call without a good answer, which the clients of all protocols
// share, and what a trace gets.
type (
	UnexpectedAnswerError = httpcall.UnexpectedAnswerError
	RedirectError         = httpcall.RedirectError
	UnreachableError      = httpcall.UnreachableError
	Exchange              = httpcall.Exchange
)

// ErrAnswerTooLarge is [httpcall.ErrAnswerTooLarge].
var ErrAnswerTooLarge = httpcall.ErrAnswerTooLarge

// failureOf returns the error that an answer stands for, or nil for a 2xx.
func failureOf(sender httpcall.Sender, answer httpcall.Answer) error {
	if answer.Status/100 == 2 {
		return nil
	}
	if err := sender.Redirect(answer); err != nil {
		return err
	}
	if refusal := refusalOf(sender, answer); refusal != nil {
		return refusal
	}
	return sender.Unexpected(answer)
}

// refusalOf reads the error envelope; it returns nil if there is none.
func refusalOf(sender httpcall.Sender, answer httpcall.Answer) *Error {
	var envelope struct {
		Error struct {
			Type    string
			Message string
			Details json.RawMessage
		}
	}
	if err := json.Unmarshal(answer.Body, &envelope); err != nil || envelope.Error.Type == "" {
		return nil
	}
	date, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		date = time.Time{}
	}
	return &Error{
		Type:      envelope.Error.Type,
		Message:   sender.Hide(envelope.Error.Message),
		Details:   envelope.Error.Details,
		Status:    answer.Status,
		RequestID: sender.Snippet(answer.Header.Get("X-Request-ID")),
		Retry:     httpcall.RetryAfter(answer.Header),
		Date:      date,
	}
}

// incomplete is the error for an answer without a field that it must have.
func incomplete(base, route, field string) error { return httpcall.Incomplete(base, route, field) }
