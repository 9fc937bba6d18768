package dnanexus

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/dxauth/dxauth/pkg/httpcall"
)

// failureOf returns the error of an answer, or nil for a status of 2xx.
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
		Message:   sender.Redact(envelope.Error.Message),
		Details:   envelope.Error.Details,
		Status:    answer.Status,
		RequestID: sender.Excerpt(answer.Header.Get("X-Request-ID")),
		Retry:     answer.RetryAfter(),
		Date:      date,
	}
}
