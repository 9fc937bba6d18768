package account

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/namecache"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// sessionsOptions are what account sessions uses.
type sessionsOptions struct {
	*kit.Console
	client *kit.Client
}

func sessionsCommand(env kit.Env) *cobra.Command {
	list := env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
		o := sessionsOptions{Console: inv.Console()}
		o.client = inv.Client(o.Console)
		return o.client.Do(ctx, o.run)
	})
	cmd := &cobra.Command{
		Use:   "sessions",
		Short: "List your active sessions",
		Long: `List the active sessions and API tokens of the account: when each was made, when
and from where it was last used, and which program made it.`,
		Args: cobra.NoArgs,
		RunE: list,
	}
	cmd.AddCommand(
		&cobra.Command{
			Use:     "list",
			Aliases: []string{"ls"},
			Short:   "List your active sessions",
			Long:    `List your active sessions. "sessions" alone does the same.`,
			Args:    cobra.NoArgs,
			RunE:    list,
		},
		sessionsRevokeCommand(env),
	)
	return cmd
}

func (o sessionsOptions) run(ctx context.Context, in kit.SignedIn) error {
	_, list, err := in.Sessions(ctx)
	if err != nil {
		return err
	}
	o.client.Accounts.Remember(in, func(names *namecache.Names) { names.Sessions = sessionEntries(list.Sessions) })
	if o.JSON {
		return o.PrintJSON(sessionsOf(list))
	}
	if err := o.Print(sessionTable(list.Sessions, o.Now()).Fit(o.Columns())); err != nil || !list.More {
		return err
	}
	o.Message("There are more; see %s token list", o.Program)
	return nil
}

// sessionEntries returns the sessions that can be revoked.
func sessionEntries(list []dnanexus.Session) []namecache.Entry {
	var entries []namecache.Entry
	for _, s := range list {
		if !s.Current {
			entries = append(entries, namecache.Entry{ID: s.ID, Name: kindText(s) + " " + s.Client})
		}
	}
	return entries
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
			ID: s.ID, Kind: s.Kind, Label: s.Label, Created: format.FromMillis(s.Created), LastUsed: format.FromMillis(s.LastUsed),
			Expires: format.FromMillis(s.Expires), IdleSeconds: idleSeconds(s), Address: s.Address, Client: s.Client, Current: s.Current,
		})
	}
	return shown
}

func idleSeconds(s dnanexus.Session) *int64 {
	if s.IdleTimeout == nil {
		return nil
	}
	return format.SecondsOrNull(time.Duration(*s.IdleTimeout) * time.Millisecond)
}

func sessionTable(list []dnanexus.Session, now time.Time) *format.Table {
	shown := format.NewTable("ID", "KIND", "CREATED", "LAST USED", "ADDRESS", "CLIENT")
	for _, s := range list {
		shown.Row(s.ID, kindText(s), format.AgoText(format.FromMillis(s.Created), now), lastUseText(s, now), s.Address, s.Client)
	}
	return shown
}

func kindText(s dnanexus.Session) string {
	if s.Label == "" {
		return s.Kind
	}
	return s.Kind + " " + s.Label
}

// lastUseText takes a token without an address for one that was never used.
func lastUseText(s dnanexus.Session, now time.Time) string {
	switch {
	case s.Current:
		return "this one"
	case s.Address == "":
		return "never"
	default:
		return format.AgoText(format.FromMillis(s.LastUsed), now)
	}
}
