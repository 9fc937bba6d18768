package platform

import (
	"context"
	"errors"
	"time"

	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// ErrNotOffered means that the platform has no such call.
var ErrNotOffered = errors.New("this platform offers it on its web page only")

// Session is a place where the user is signed in, or one of their API tokens.
type Session struct {
	ID       string
	Kind     string // session, or token for an API token
	Label    string // of an API token; may be empty
	Created  time.Time
	LastUsed time.Time
	Expires  time.Time
	Idle     time.Duration // 0: no idle limit
	Address  string        // where it was used last
	Client   string        // what made it, as it called itself
	Current  bool          // it is the one in use
}

// SessionList is what a platform shows at once.
type SessionList struct {
	Sessions []Session
	More     bool // there are others that it does not show
}

// Sessions shows and ends the places where the user is signed in. Its calls
// answer ErrNotOffered on a platform that does not have them.
type Sessions interface {
	ListSessions(ctx context.Context) (SessionList, error)
	// EndSessions ends all that are named or none.
	EndSessions(ctx context.Context, ids []string) error
	// EndEverySession ends all sessions, the one in use too, but no API token. It
	// answers what SignIn does, and is never repeated by itself.
	EndEverySession(ctx context.Context, person Person) error
}

var _ Sessions = DNAnexus{}

// ListSessions implements Sessions.
func (d DNAnexus) ListSessions(ctx context.Context) (SessionList, error) {
	answer, err := d.client.ListSessions(ctx)
	if err != nil {
		return SessionList{}, offered(explain(err))
	}
	list := make([]Session, 0, len(answer.Sessions))
	for _, s := range answer.Sessions {
		session := Session{
			ID: s.ID, Kind: s.Kind, Label: s.Label, Created: time.UnixMilli(s.Created).UTC(),
			LastUsed: time.UnixMilli(s.LastUsed).UTC(), Expires: time.UnixMilli(s.Expires).UTC(),
			Address: s.Address, Client: s.Client, Current: s.Current,
		}
		if s.IdleTimeout != nil {
			session.Idle = time.Duration(*s.IdleTimeout) * time.Millisecond
		}
		list = append(list, session)
	}
	return SessionList{Sessions: list, More: answer.More}, nil
}

// EndSessions implements Sessions. Not found can mean an ID here: whether the
// call is offered, ListSessions tells.
func (d DNAnexus) EndSessions(ctx context.Context, ids []string) error {
	return explain(d.client.DestroySessions(ctx, dnanexus.DestroySessionsRequest{IDs: ids}))
}

// EndEverySession implements Sessions.
func (d DNAnexus) EndEverySession(ctx context.Context, person Person) error {
	request := dnanexus.DestroySessionsRequest{All: true, Username: person.Username, Password: person.Password.OnWire()}
	if !person.Code.IsZero() {
		code := person.Code.OnWire()
		request.OTP = &code
	}
	return offered(explain(d.client.DestroySessions(ctx, request)))
}

// offered tells a platform that does not know the route at all.
func offered(err error) error {
	if errors.Is(err, ErrNotFound) {
		return ErrNotOffered
	}
	return err
}
