package platform

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// WaitError means that after too many wrong tries the server takes none for a
// while.
type WaitError struct{ For time.Duration }

func (e *WaitError) Error() string {
	return "too many wrong tries; wait " + dnanexus.FormatDuration(e.For)
}

// EnrolmentRequiredError means that the server signs nobody in without
// two-factor authentication, and that this person has none yet. The password
// was right.
type EnrolmentRequiredError struct {
	Ticket  secret.Text // stands for the sign-in, for the calls of [TwoFactor]
	Expires time.Time
}

func (e *EnrolmentRequiredError) Error() string {
	return "two-factor authentication has to be set up first"
}

// waitError reads how long the server takes no more tries.
func waitError(refusal *dnanexus.Error) error {
	var details dnanexus.WaitDetails
	if err := json.Unmarshal(refusal.Details, &details); err != nil || details.RetryAfter <= 0 {
		return &WaitError{For: refusal.Retry} // the header says it, too
	}
	return &WaitError{For: time.Duration(details.RetryAfter) * time.Second}
}

// enrolmentRequired reads the ticket.
func enrolmentRequired(refusal *dnanexus.Error) error {
	var details dnanexus.EnrollmentDetails
	if err := json.Unmarshal(refusal.Details, &details); err != nil || details.Ticket.IsZero() {
		return errors.New("two-factor authentication has to be set up first, in a way that dxauth does not know")
	}
	return &EnrolmentRequiredError{Ticket: details.Ticket.Text(), Expires: timeOfMillis(details.Expires)}
}

// proof is what a person gives who is signed in already.
func (p Person) proof() dnanexus.Proof {
	proof := dnanexus.Proof{Password: p.Password.OnWire()}
	if !p.Code.IsZero() {
		code := p.Code.OnWire()
		proof.OTP = &code
	}
	return proof
}
