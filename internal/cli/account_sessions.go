package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

func (a *app) sessionsCommand() *cobra.Command {
	list := func(cmd *cobra.Command, _ []string) error { return a.showSessions(cmd.Context()) }
	cmd := &cobra.Command{
		Use:   "sessions",
		Short: "Show where one is signed in",
		Long: `Show where the account is signed in, and its API tokens: since when, when and
from where each was used last, and which program made it.`,
		Args: cobra.NoArgs,
		RunE: list,
	}
	cmd.AddCommand(
		&cobra.Command{
			Use:   "list",
			Short: "Show where one is signed in",
			Long:  `Show where the account is signed in, as sessions without a word behind it.`,
			Args:  cobra.NoArgs,
			RunE:  list,
		},
		&cobra.Command{
			Use:   "revoke ID...",
			Short: "End sessions or API tokens",
			Long: `End sessions or API tokens, and what was made with them. The IDs are those that
"` + a.Program + ` account sessions" shows; eight digits are enough where they are clear.
All of them are ended or none.`,
			Example: `  ` + a.Program + ` account sessions revoke 97fb3002a2cf`,
			Args:    cobra.MinimumNArgs(1),
			RunE:    func(cmd *cobra.Command, args []string) error { return a.revokeSessions(cmd.Context(), args) },
		},
	)
	return cmd
}

// listSessions asks where the user is signed in. On a platform that does not
// tell it returns a refusal.
func listSessions(ctx context.Context, in signedIn) (*platform.Sessions, dnanexus.ListSessionsResponse, error) {
	sessions, err := in.Sessions()
	if err != nil {
		return nil, dnanexus.ListSessionsResponse{}, err
	}
	list, err := sessions.List(ctx)
	return sessions, list, err
}

func (a *app) showSessions(ctx context.Context) error {
	return a.asSignedIn(ctx, func(in signedIn) error {
		_, list, err := listSessions(ctx, in)
		if err != nil {
			return err
		}
		if a.settings.JSON {
			return a.printJSON(sessionsOf(list))
		}
		if err := a.term.Print(sessionTable(list.Sessions, a.Now())); err != nil || !list.More {
			return err
		}
		a.term.Message("There are more; see %s token list", a.Program)
		return nil
	})
}

// sessionsJSON is what account sessions prints with --json.
type sessionsJSON struct {
	Sessions []sessionJSON `json:"sessions"`
	More     bool          `json:"more,omitempty"` // there are others
}

type sessionJSON struct {
	ID          string    `json:"id"`
	Kind        string    `json:"kind"` // session or token
	Label       string    `json:"label"`
	Created     time.Time `json:"created"`
	LastUsed    time.Time `json:"lastUsed"`
	Expires     time.Time `json:"expires"`
	IdleSeconds *int64    `json:"idleSeconds"` // null: no idle limit
	Address     string    `json:"address"`
	Client      string    `json:"client"`
	Current     bool      `json:"current"`
}

func sessionsOf(list dnanexus.ListSessionsResponse) sessionsJSON {
	shown := sessionsJSON{Sessions: []sessionJSON{}, More: list.More}
	for _, s := range list.Sessions {
		shown.Sessions = append(shown.Sessions, sessionJSON{
			ID: s.ID, Kind: s.Kind, Label: s.Label, Created: fromMillis(s.Created), LastUsed: fromMillis(s.LastUsed),
			Expires: fromMillis(s.Expires), IdleSeconds: idleSeconds(s), Address: s.Address, Client: s.Client, Current: s.Current,
		})
	}
	return shown
}

func idleSeconds(s dnanexus.Session) *int64 {
	if s.IdleTimeout == nil {
		return nil
	}
	return secondsOrNull(time.Duration(*s.IdleTimeout) * time.Millisecond)
}

func sessionTable(list []dnanexus.Session, now time.Time) string {
	shown := newTable("ID", "KIND", "CREATED", "LAST USED", "ADDRESS", "CLIENT")
	for _, s := range list {
		shown.row(s.ID, kindText(s), agoText(fromMillis(s.Created), now), lastUseText(s, now), s.Address, s.Client)
	}
	return shown.String()
}

func kindText(s dnanexus.Session) string {
	if s.Label == "" {
		return s.Kind
	}
	return s.Kind + " " + s.Label
}

// lastUseText knows a token that nobody has used: it came from nowhere.
func lastUseText(s dnanexus.Session, now time.Time) string {
	switch {
	case s.Current:
		return "this one"
	case s.Address == "":
		return "never"
	default:
		return agoText(fromMillis(s.LastUsed), now)
	}
}

func (a *app) revokeSessions(ctx context.Context, ids []string) error {
	for _, id := range ids {
		if !isSessionID(id) {
			return refusal.New(refusal.Usage, "%q is no ID of a session: at least 8 digits of one", id).
				WithHint("see " + a.Program + " account sessions")
		}
	}
	return a.asSignedIn(ctx, func(in signedIn) error {
		sessions, list, err := listSessions(ctx, in)
		if err != nil {
			return err
		}
		named, err := a.namedSessions(list.Sessions, ids)
		if err != nil {
			return err
		}
		if err := sessions.End(ctx, named); err != nil {
			return err
		}
		for _, id := range named {
			a.term.Message("Revoked %s", id)
		}
		return a.answerJSON(revokedJSON{Revoked: named})
	})
}

// revokedJSON is what account sessions revoke prints with --json.
type revokedJSON struct {
	Revoked []string `json:"revoked"` // IDs
}

// isSessionID knows what can be given for an ID: all 12 digits of it, or most.
func isSessionID(id string) bool { return len(id) <= 12 && dnanexus.BeginsSignature(id, 8) }

// namedSessions finds the IDs that are meant, each once. The session in use is
// not among them: ending it is a logout, which also erases it here.
func (a *app) namedSessions(list []dnanexus.Session, ids []string) ([]string, error) {
	var named []string
	for _, id := range ids {
		begins := func(s dnanexus.Session) bool { return strings.HasPrefix(s.ID, id) }
		first := slices.IndexFunc(list, begins)
		switch {
		case first < 0:
			return nil, refusal.New(refusal.NotFound, "there is no session %s; nothing was revoked", id).
				WithHint("see " + a.Program + " account sessions")
		case slices.ContainsFunc(list[first+1:], begins):
			return nil, refusal.Usagef("%s is the beginning of several IDs; nothing was revoked", id)
		case list[first].Current:
			return nil, refusal.New(refusal.Usage, "%s is the session in use; nothing was revoked", id).
				WithHint("run " + a.Program + " logout to end it")
		}
		if !slices.Contains(named, list[first].ID) {
			named = append(named, list[first].ID)
		}
	}
	return named, nil
}
