package failure

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
)

// statuses lists the allowed statuses of each code.
func statuses() map[refusal.Code][]int {
	return map[refusal.Code][]int{
		refusal.Unauthenticated:  {http.StatusUnauthorized},
		refusal.SessionEnded:     {http.StatusUnauthorized},
		refusal.WrongCredentials: {http.StatusUnauthorized},
		refusal.Denied:           {http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden},
		refusal.NotFound:         {http.StatusNotFound},
		refusal.Invalid:          {http.StatusBadRequest},
		refusal.Conflict:         {http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusConflict},
		refusal.Throttled:        {http.StatusTooManyRequests},
		refusal.Unavailable:      {http.StatusServiceUnavailable},
	}
}

// TestEveryRefusalHasWords checks that no code or reason becomes an internal
// error or lacks a text. EMX2 uses the same texts.
func TestEveryRefusalHasWords(t *testing.T) {
	for code, allowed := range statuses() {
		for _, reason := range append(refusal.ByCode()[code], "", "something new") {
			refused := &refusal.Error{Code: code, Reason: reason, Message: "no"}
			said := Of(fmt.Errorf("outside: %w", refused))
			if !slices.Contains(allowed, said.Status) || said.Error() == "" {
				t.Errorf("%s, %q: %d %+v", code, reason, said.Status, said.Messages)
			}
		}
	}
}

// TestOnlyRefusalsLeaveTheServer checks that the text of a failure is not sent.
// A code that only commands use is a failure here.
func TestOnlyRefusalsLeaveTheServer(t *testing.T) {
	failures := []error{errors.New("disk /srv/secret is full")}
	for _, code := range refusal.Codes() {
		if _, ok := statuses()[code]; !ok {
			failures = append(failures, refusal.New(code, "disk /srv/secret is full"))
		}
	}
	for _, err := range failures {
		if said := Of(err); said.Status != http.StatusInternalServerError || said.Error() != textInternal {
			t.Errorf("%v: %d %s", err, said.Status, said)
		}
	}
}

// A response says when to try again only if that helps, and not if the change may have been
// made.
func TestWhenToTryAgain(t *testing.T) {
	for reason, want := range map[refusal.Reason]int64{
		refusal.Busy: 2, refusal.NoStore: 2, "": 2, refusal.OutboxFull: 0, refusal.SignUpsFull: 0, refusal.UnknownOutcome: 0,
	} {
		if said := Of(refusal.New(refusal.Unavailable, "no").Because(reason)); said.Status != 503 || said.RetryAfter != want {
			t.Errorf("%q: %d after %d s, want %d s", reason, said.Status, said.RetryAfter, want)
		}
	}
}

func TestWaitInMessage(t *testing.T) {
	said := Of(refusal.New(refusal.Throttled, "no").With(refusal.Wait{For: 1500 * time.Millisecond}))
	if said.RetryAfter != 2 || said.Error() != "Too many failed attempts; try again in 2 s" {
		t.Errorf("%d, %s", said.RetryAfter, said)
	}
}
