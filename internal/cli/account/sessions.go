package account

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/apitoken"
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
	o.Warn("not all are shown; see %s token list", o.Program)
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
	Complete bool          `json:"complete"` // false: there are others
	Sessions []sessionJSON `json:"sessions"`
}

type sessionJSON struct {
	ID                 string         `json:"id"`   // signature, by which it can be revoked
	Kind               string         `json:"kind"` // session or token
	Name               string         `json:"name"` // of an API token; empty: none
	Created            *format.Millis `json:"created"`
	LastUsed           *format.Millis `json:"lastUsed"`    // null: never
	LastAddress        string         `json:"lastAddress"` // from which it was last used; empty: never used
	Expires            *format.Millis `json:"expires"`
	IdleTimeoutSeconds *int64         `json:"idleTimeoutSeconds"` // null: no idle limit
	Client             string         `json:"client"`             // the program that made it, as it calls itself
	Current            bool           `json:"current"`            // whether this command used it
}

func sessionsOf(list dnanexus.ListSessionsResponse) sessionsJSON {
	shown := sessionsJSON{Complete: !list.More, Sessions: []sessionJSON{}}
	for _, s := range list.Sessions {
		shown.Sessions = append(shown.Sessions, sessionJSON{
			ID: s.ID, Kind: s.Kind, Name: s.Label, Created: format.OrNull(format.FromMillis(s.Created)), LastUsed: lastUse(s), LastAddress: s.Address,
			Expires: format.OrNull(format.FromMillis(s.Expires)), IdleTimeoutSeconds: idleSeconds(s), Client: s.Client, Current: s.Current,
		})
	}
	return shown
}

// lastUse returns nil for a token without an address, which was never used.
func lastUse(s dnanexus.Session) *format.Millis {
	if s.Address == "" && !s.Current {
		return nil
	}
	return format.OrNull(format.FromMillis(s.LastUsed))
}

func idleSeconds(s dnanexus.Session) *int64 {
	if s.IdleTimeout == nil {
		return nil
	}
	return format.SecondsOrNull(time.Duration(*s.IdleTimeout) * time.Millisecond)
}

func sessionTable(list []dnanexus.Session, now time.Time) *format.Table {
	ids := make([]string, len(list))
	for i, s := range list {
		ids[i] = s.ID
	}
	short := apitoken.ShortIDs(ids)
	shown := format.NewTable("ID", "KIND", "CREATED", "LAST USED", "ADDRESS", "CLIENT")
	for _, s := range list {
		shown.Row(short[s.ID], kindText(s), format.AgoText(format.FromMillis(s.Created), now), lastUseText(s, now), s.Address, s.Client)
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
