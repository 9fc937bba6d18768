package grants

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/grant"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

// BeginDevice returns the codes for a device whose user will approve it elsewhere. It
// returns refusal.TooManyAttempts and grant.ErrDevicesFull.
func (s *Service) BeginDevice(ctx context.Context, client string, origin service.Origin) (grant.NewDevice, error) {
	request := grant.DeviceRequest{
		Client: client, Address: origin.Address.String(), UserAgent: origin.UserAgent, Source: identity.Source(origin.Address),
	}
	return commit(ctx, s.db, func(tx transaction.Tx) (grant.NewDevice, error) {
		return grant.AddDevice(ctx, tx, s.random, request, s.service.Now())
	})
}

// Waiting is a device as the user who decides about it sees it.
type Waiting struct {
	Code      grant.UserCode
	Address   string
	UserAgent string
	Since     time.Time
	// IsElsewhere reports whether the device asks from another network than the user.
	IsElsewhere bool
}

// FindDevice returns the device that waits with a code that the caller typed. It returns
// access.ErrReauthenticate without a recent sign-in, grant.ErrNoUserCode, and
// refusal.TooManyAttempts.
func (s *Service) FindDevice(ctx context.Context, caller service.Caller, typed string) (Waiting, error) {
	return s.withDevice(ctx, caller, typed, func(transaction.Tx, grant.Device) error { return nil })
}

// ApproveDevice lets the device with a code have a session of the caller. It returns the
// errors of FindDevice.
func (s *Service) ApproveDevice(ctx context.Context, caller service.Caller, typed string) error {
	return s.decide(ctx, caller, typed, grant.Approved, audit.GrantApprove)
}

// DenyDevice refuses the device with a code. It returns the errors of FindDevice.
func (s *Service) DenyDevice(ctx context.Context, caller service.Caller, typed string) error {
	return s.decide(ctx, caller, typed, grant.Denied, audit.GrantDeny)
}

func (s *Service) decide(ctx context.Context, caller service.Caller, typed string, decision grant.Decision, action audit.Action) error {
	_, err := s.withDevice(ctx, caller, typed, func(tx transaction.Tx, device grant.Device) error {
		if err := grant.Decide(ctx, tx, device, decision, approvalOf(caller), s.service.Now()); err != nil {
			return err
		}
		return s.noteDecision(ctx, tx, caller, action, device.Hash)
	})
	return err
}

// withDevice finds a device and calls act, in one transaction.
func (s *Service) withDevice(ctx context.Context, caller service.Caller, typed string, act func(transaction.Tx, grant.Device) error) (Waiting, error) {
	if err := s.service.RequireRecentSignIn(caller); err != nil {
		return Waiting{}, err
	}
	source := identity.Source(caller.Origin.Address)
	return commit(ctx, s.db, func(tx transaction.Tx) (Waiting, error) {
		if _, err := access.Reload(ctx, tx, caller.Token); err != nil {
			return Waiting{}, err
		}
		device, err := grant.FindDevice(ctx, tx, typed, caller.User.ID, source, s.service.Now())
		if err != nil {
			return Waiting{}, err
		}
		return waitingOf(device, typed, source), act(tx, device)
	})
}

func waitingOf(device grant.Device, typed, source string) Waiting {
	code, _ := grant.ParseUserCode(typed) // it found the device
	return Waiting{
		Code: code, Address: device.Address, UserAgent: device.UserAgent, Since: device.Made, IsElsewhere: device.Source() != source,
	}
}

// PollDevice returns the session of a device that its user approved. It returns
// grant.ErrPending, refusal.SlowDown, grant.ErrDenied, grant.ErrExpired, grant.ErrBadGrant,
// grant.ErrUsed, and refusal.TooManyAttempts after many unknown codes from one network.
func (s *Service) PollDevice(ctx context.Context, client string, code secret.Text, origin service.Origin) (service.SignInResult, error) {
	return s.redeem(ctx, origin, redemption{
		spend: func(tx transaction.Tx) (spent, error) {
			device, err := grant.PollDevice(ctx, tx, client, code, s.service.Now())
			return spent{device.Hash, device.Approval, device.Token}, err
		},
		note: func(tx transaction.Tx, hash string, made grant.Made) error { return tx.SetDeviceToken(ctx, hash, made) },
	})
}
