package dnanexus

import (
	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// listSessions lists the sessions of the caller.
func (h *Handler) listSessions(c call, _ wire.Empty) (wire.ListSessionsResponse, error) {
	sessions, more, err := h.service.Sessions(c.ctx, c.caller)
	if err != nil {
		return wire.ListSessionsResponse{}, err
	}
	response := wire.ListSessionsResponse{Sessions: make([]wire.Session, 0, len(sessions)), More: more}
	for _, session := range sessions {
		response.Sessions = append(response.Sessions, sessionOf(session, c.caller))
	}
	return response, nil
}

func sessionOf(session service.Session, caller service.Caller) wire.Session {
	shown := wire.Session{
		ID: session.Signature, Kind: string(session.Kind), Label: session.Label,
		Created: session.Created.UnixMilli(), LastUsed: session.Created.UnixMilli(), Expires: session.Expires.UnixMilli(),
		Address: session.LastAddress, Client: session.Client, Current: session.Signature == caller.Token.Signature,
	}
	if !session.LastUsed.IsZero() {
		shown.LastUsed = session.LastUsed.UnixMilli()
	}
	if session.Kind == access.Session {
		idle := session.Idle.Milliseconds()
		shown.IdleTimeout = &idle
	}
	return shown
}

// minSessionID is the shortest prefix of a signature that destroySessions accepts
// as an ID.
const minSessionID = 8

// maxSessionIDs is the maximum for one request.
const maxSessionIDs = 100

// destroySessions ends the given sessions of the caller, or all of them.
func (h *Handler) destroySessions(c call, in wire.DestroySessionsRequest) (wire.Empty, error) {
	if in.All {
		return wire.Empty{}, h.destroyAllSessions(c, in)
	}
	if len(in.IDs) == 0 {
		return wire.Empty{}, missing("ids")
	}
	if len(in.IDs) > maxSessionIDs {
		return wire.Empty{}, inputError("ids", "an array of at most 100 IDs")
	}
	for _, id := range in.IDs {
		if !wire.BeginsSignature(id, minSessionID) {
			return wire.Empty{}, inputError("ids", "an array of IDs of at least 8 lower-case hexadecimal digits")
		}
	}
	return wire.Empty{}, h.service.EndSessions(c.ctx, c.caller, in.IDs)
}

func (h *Handler) destroyAllSessions(c call, in wire.DestroySessionsRequest) error {
	switch {
	case len(in.IDs) > 0:
		return inputError("ids", `absent where "all" is true`)
	case in.Username == "":
		return missing("username")
	case identity.UserID(in.Username) != c.caller.User.ID:
		return inputError("username", "the caller's own")
	}
	return h.service.EndEverySession(c.ctx, c.caller, in.Password.Text(), codeOf(in.OTP))
}
