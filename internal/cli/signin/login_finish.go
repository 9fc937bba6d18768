package signin

import (
	"context"
	"path/filepath"
	"time"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/projectpick"
	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// loginJSON is what login prints with --json.
type loginJSON struct {
	Account            string           `json:"account"` // USER@HOST, as --account takes it
	Server             string           `json:"server"`
	User               string           `json:"user"`
	UserID             string           `json:"userId"`
	Kind               session.Kind     `json:"kind"`
	Store              string           `json:"store"`              // name of the credential store
	Sealed             bool             `json:"sealed"`             // the stored credential opens for a limited time only
	Expires            *format.Millis   `json:"expires"`            // null: the server does not say
	IdleTimeoutSeconds *int64           `json:"idleTimeoutSeconds"` // null: no idle limit
	Project            *session.Project `json:"project"`            // null: none
}

// finish selects a project and reports the login.
func (o loginOptions) finish(ctx context.Context, p *platform.Platform, account session.Account, storeReason string) error {
	o.showAnnouncements(ctx, p)
	account, err := o.client.Accounts.Find(session.Choice{Account: account.Name()})
	if err != nil {
		return err
	}
	in := kit.SignedIn{Account: account, Stored: true, Source: account.Store, Platform: p}
	if err := o.selectProject(ctx, in); err != nil {
		return err
	}
	if account, err = o.client.Accounts.Find(session.Choice{Account: account.Name()}); err != nil {
		return err
	}
	account.IdleSeconds = int64(o.client.Accounts.IdleLimit(account) / time.Second) // a setting may shorten it
	if err := o.reportLogin(account, storeReason); err != nil {
		return err
	}
	if !o.tookVariable {
		o.client.Accounts.WarnIfOverridden(ctx, account)
	}
	return o.AnswerJSON(loginJSON{
		Account: account.Name(), Server: account.Server, User: account.User, UserID: account.UserID, Kind: account.Kind, Store: account.Store, Sealed: account.Sealed != nil,
		Expires: format.OrNull(account.Expires), IdleTimeoutSeconds: format.SecondsOrNull(o.client.Accounts.IdleLimit(account)), Project: account.Project,
	})
}

// announcementTime limits the wait for the platform's announcements, which must
// not delay the user.
const announcementTime = 3 * time.Second

func (o loginOptions) showAnnouncements(ctx context.Context, p *platform.Platform) {
	bounded, cancel := context.WithTimeout(ctx, announcementTime)
	defer cancel()
	announcements, err := p.Announcements(bounded)
	if err != nil {
		return // the login works without announcements
	}
	const most = 10
	if more := len(announcements) - most; more > 0 {
		announcements = announcements[:most]
		defer o.Message("%d more announcements are not shown", more)
	}
	for _, announcement := range announcements {
		o.Message("%s  %s", announcement.Time.Format(time.DateOnly), announcement.Title)
		o.Paragraph("%s", announcement.Body)
	}
}

func (o loginOptions) reportLogin(account session.Account, storeReason string) error {
	if account.Kind == session.Token {
		o.Paragraph("You are now logged in to %s as %s with a token, which logout invalidates on the server.", account.Host, account.User)
		o.warnOfShortLife(account)
		if account.Sealed != nil {
			o.Message("The token is sealed: after a restart of this machine, log in again")
		}
	} else {
		o.Paragraph("You are now logged in to %s as %s. The session %s.",
			account.Host, account.User, lifetime(account.Expires, o.client.Accounts.IdleLimit(account), o.Now()))
	}
	switch account.Store {
	case credstore.KeyringName:
		return nil
	case credstore.PlaintextName:
	default:
		o.Message("Credential store: %s", storeReason)
		return nil
	}
	dir, err := o.settings.StateDir()
	if err != nil {
		return err
	}
	o.Warn("session stored unencrypted in %s: anyone who can read your files can act as you", filepath.Join(dir, credstore.PlainFileName))
	return nil
}

// shortLife is the remaining lifetime of a token below which login warns.
const shortLife = 24 * time.Hour

func (o loginOptions) warnOfShortLife(account session.Account) {
	left := account.Expires.Sub(o.Now())
	text := duration.Format(format.RoundLeft(left).Round(time.Second))
	switch {
	case account.Expires.IsZero() || left >= shortLife:
	case o.exchanged:
		o.Message("The token expires in %s", text)
	default:
		o.Warn("the token expires in %s; make a new one with %s token new", text, o.Program)
	}
}

// lifetime says when a session ends: at a time that may be unknown, and after an idle
// limit that may be none.
func lifetime(expires time.Time, idle time.Duration, now time.Time) string {
	end := "ends when the server says so"
	if !expires.IsZero() {
		end = "ends in " + duration.Format(format.RoundLeft(expires.Sub(now)).Round(time.Second))
	}
	if idle > 0 && (expires.IsZero() || idle < expires.Sub(now)) {
		end += ", or after " + duration.Format(idle) + " without use"
	}
	return end
}

// selectProject selects the project that a flag names, or asks for one. It is no
// error if it can't ask, because the login has succeeded.
func (o loginOptions) selectProject(ctx context.Context, in kit.SignedIn) error {
	if o.noProjects || !in.Type().HasProjects() {
		return nil
	}
	if o.project != "" {
		return o.picker.Named(ctx, in, o.project)
	}
	menu := projectpick.NewMenu(platform.ProjectQuery{MinLevel: string(dnanexus.LevelContribute)}, o.Program)
	menu.Lenient = true
	return o.picker.FromMenu(ctx, in, menu)
}
