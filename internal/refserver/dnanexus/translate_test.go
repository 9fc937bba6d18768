package dnanexus

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refusal"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// statuses returns the HTTP statuses that each code of a server may become.
func statuses() map[refusal.Code][]int {
	return map[refusal.Code][]int{
		refusal.Unauthenticated:  {http.StatusUnauthorized},
		refusal.SessionEnded:     {http.StatusUnauthorized},
		refusal.WrongCredentials: {http.StatusUnauthorized},
		refusal.Denied:           {http.StatusUnauthorized, http.StatusForbidden},
		refusal.NotFound:         {http.StatusNotFound},
		refusal.Invalid:          {http.StatusBadRequest, http.StatusUnprocessableEntity},
		refusal.Conflict:         {http.StatusUnprocessableEntity},
		refusal.Throttled:        {http.StatusForbidden},
		refusal.Unavailable:      {http.StatusServiceUnavailable, http.StatusConflict, http.StatusUnprocessableEntity},
	}
}

// No code or reason becomes an internal error, and none lacks a text.
func TestEveryRefusalHasAText(t *testing.T) {
	for code, allowed := range statuses() {
		for _, reason := range append(refusal.ByCode()[code], "", "something new") {
			refused := &refusal.Error{Code: code, Reason: reason, Message: "no"}
			said := translate(fmt.Errorf("outside: %w", refused))
			status := wire.StatusOf(said.body.Type)
			if !slices.Contains(allowed, status) || said.body.Message == "" {
				t.Errorf("%s, %q: %d %+v", code, reason, status, said.body)
			}
		}
	}
}

// The Python client repeats a status of 429 or 5xx, whatever the request changes: it gets
// one only for what passes soon, with the time to wait.
func TestOnlyWhatPassesIsRepeated(t *testing.T) {
	passing := []refusal.Reason{refusal.Busy, refusal.NoStore, "", "something new"}
	for code := range statuses() {
		for _, reason := range append(refusal.ByCode()[code], "", "something new") {
			said := translate(&refusal.Error{Code: code, Reason: reason, Message: "no"})
			status := wire.StatusOf(said.body.Type)
			isRepeated := status == http.StatusTooManyRequests || status >= http.StatusInternalServerError
			if want := code == refusal.Unavailable && slices.Contains(passing, reason); isRepeated != want || want != (said.retryAfter > 0) {
				t.Errorf("%s, %q: %d after %d s, repeated: want %v", code, reason, status, said.retryAfter, want)
			}
		}
	}
}

// The text of an internal error goes only to the log. Codes that only commands use are
// internal errors here.
func TestOnlyRefusalsLeaveTheServer(t *testing.T) {
	failures := []error{errors.New("disk /srv/secret is full")}
	for _, code := range refusal.Codes() {
		if _, ok := statuses()[code]; !ok {
			failures = append(failures, refusal.New(code, "disk /srv/secret is full"))
		}
	}
	for _, err := range failures {
		if said := translate(err); said.body.Type != wire.TypeInternalError || said.body.Message != "An internal error occurred" {
			t.Errorf("%v: %+v", err, said.body)
		}
	}
}

func TestTextsWithDetails(t *testing.T) {
	expires := time.UnixMilli(1_900_000_000_000)
	tests := map[string]struct {
		err  error
		want string
	}{
		"a wait":       {refusal.New(refusal.Throttled, "no").With(refusal.Wait{For: 1500 * time.Millisecond}), "TooManyAttemptsError: Too many failed attempts; try again in 2 s"},
		"a project":    {refusal.New(refusal.Denied, "no").With(directory.Contribute), "PermissionDenied: Requires CONTRIBUTE access to the project"},
		"an org":       {refusal.New(refusal.Denied, "no").With(directory.OrgAccess{OrgID: "org-lab", Needs: directory.Admin}), "PermissionDenied: Administrator access to org-lab required to perform this operation"},
		"an input":     {refusal.Inputf("folder", "must begin with %s", "/"), "InvalidInput: folder must begin with /"},
		"a ticket":     {refusal.New(refusal.Denied, "no").With(service.PartialSignIn{Expires: expires}), "TwoFactorEnrollmentRequiredError: Two-factor authentication is required on this server; enroll to log in"},
		"an idle end":  {refusal.New(refusal.SessionEnded, "no").Because(refusal.Idle), "InvalidAuthentication: The supplied authentication token has expired after inactivity"},
		"another text": {refusal.New(refusal.Denied, "PHI features must be enabled for org-lab").Because(refusal.PHIUnlicensed), "PermissionDenied: PHI features must be enabled for org-lab"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := translate(tt.err).Error(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
