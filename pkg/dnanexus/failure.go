package dnanexus

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/dxauth/dxauth/pkg/httpcall"
)

// failureOf returns the error of an answer, or nil for a status of 2xx.
func failureOf(answer httpcall.Answer) error {
	if answer.Status/100 == 2 {
		return nil
	}
	if err := answer.Redirect(); err != nil {
		return err
	}
	if refusal := refusalOf(answer); refusal != nil {
		return refusal
	}
	return answer.Unexpected()
}

// refusalOf reads the error envelope; it returns nil if there is none, or no word as
// its type.
func refusalOf(answer httpcall.Answer) *Error {
	var envelope struct {
		Error struct {
			Type    string
			Message string
			Details json.RawMessage
		}
	}
	err := json.Unmarshal(answer.Body, &envelope)
	if err != nil || answer.Status < http.StatusBadRequest || !isTypeName(envelope.Error.Type) {
		return nil
	}
	date, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		date = time.Time{}
	}
	return &Error{
		Type:      answer.Excerpt(envelope.Error.Type),
		Message:   answer.Message(envelope.Error.Message),
		Details:   answer.JSON(envelope.Error.Details),
		Status:    answer.Status,
		RequestID: answer.Excerpt(answer.Header.Get("X-Request-ID")),
		Retry:     answer.RetryAfter(),
		Date:      date,
	}
}

// isTypeName reports whether an error type is one word of a usual length.
func isTypeName(name string) bool {
	return name != "" && len(name) <= 100 && strings.Trim(name, digits+letters+"_.-") == ""
}
