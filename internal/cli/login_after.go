package cli

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// loginJSON is what login prints with --json.
type loginJSON struct {
	Server             string           `json:"server"`
	User               string           `json:"user"`
	UserID             string           `json:"userId"`
	Kind               session.Kind     `json:"kind"`
	Store              string           `json:"store"`
	Expires            *time.Time       `json:"expires"`            // null: the server does not say
	IdleTimeoutSeconds int64            `json:"idleTimeoutSeconds"` // 0: none
	Project            *session.Project `json:"project"`            // null: none
}

// afterLogin selects a project and tells the person how they stand.
func (a *app) afterLogin(ctx context.Context, p *platform.Platform, account session.Account, o loginOptions, storeReason string) error {
	a.showAnnouncements(ctx, p)
	account, err := a.book.Find(session.Choice{Account: account.Name()})
	if err != nil {
		return err
	}
	in := signedIn{account: account, stored: true, source: account.Store, Platform: p}
	if err := a.selectAtLogin(ctx, in, o); err != nil {
		return err
	}
	if account, err = a.book.Find(session.Choice{Account: account.Name()}); err != nil {
		return err
	}
	a.welcome(account, storeReason)
	return a.answerJSON(loginJSON{
		Server: account.Server, User: account.User, UserID: account.UserID, Kind: account.Kind, Store: account.Store,
		Expires: orNull(account.Expires), IdleTimeoutSeconds: account.IdleSeconds, Project: account.Project,
	})
}

// announcementTime bounds the wait for what the platform wants to say: it must
// not keep anybody from working.
const announcementTime = 3 * time.Second

func (a *app) showAnnouncements(ctx context.Context, p *platform.Platform) {
	bounded, cancel := context.WithTimeout(ctx, announcementTime)
	defer cancel()
	announcements, err := p.Announcements(bounded)
	if err != nil {
		return // a platform that can't greet can still be worked with
	}
	for _, announcement := range announcements {
		a.term.Message("%s  %s", announcement.Time.Format(time.DateOnly), announcement.Title)
		a.term.Paragraph("%s", announcement.Body)
	}
}

func (a *app) welcome(account session.Account, storeReason string) {
	if account.Kind == session.Token {
		a.term.Paragraph("You are now logged in to %s as %s with a token. %s logout invalidates it on the server.",
			account.Host, account.User, a.Program)
		a.warnOfShortLife(account)
	} else {
		a.term.Paragraph("You are now logged in to %s as %s. Your session %s. Use %s%s logout to end it now.",
			account.Host, account.User, a.lifetime(account), a.latestEnd(account), a.Program)
	}
	a.term.Message("Credential store: %s", storeReason)
	if account.Store == credstore.PlaintextName {
		a.term.Warn("whoever can read your files can act as you")
	}
}

// latestEnd says how to set the latest end of a session, where one can.
func (a *app) latestEnd(account session.Account) string {
	if !platform.Type(account.Type).TakesExpiry() {
		return ""
	}
	return a.Program + " login --timeout to set the latest end, or "
}

// shortLife is when a login says that its token will soon be of no use.
const shortLife = 24 * time.Hour

func (a *app) warnOfShortLife(account session.Account) {
	left := account.Expires.Sub(a.Now())
	if !account.Expires.IsZero() && left < shortLife {
		a.term.Warn("the token ends in %s; make another one with %s token new", duration.Format(left.Round(time.Minute)), a.Program)
	}
}

// lifetime says when a session ends.
func (a *app) lifetime(account session.Account) string {
	end := "ends when the server says so"
	if !account.Expires.IsZero() {
		end = "ends in " + duration.Format(account.Expires.Sub(a.Now()).Round(time.Minute))
	}
	if account.IdleSeconds > 0 {
		end += ", or after " + duration.Format(account.Idle()) + " without use"
	}
	return end
}

// selectAtLogin selects the project that a flag names, or asks for one. The
// login has succeeded: what can't be asked is left open.
func (a *app) selectAtLogin(ctx context.Context, in signedIn, o loginOptions) error {
	if o.noProjects || !in.kind().HasProjects() {
		return nil
	}
	if o.project != "" {
		return a.selectNamed(ctx, in, o.project)
	}
	return a.selectFromMenu(ctx, in, a.menuAtLogin())
}

func (a *app) menuAtLogin() projectMenu {
	level := string(dnanexus.LevelContribute)
	menu := projectMenu{
		query: platform.ProjectQuery{MinLevel: level, PageSize: menuPage},
		title: "Available projects (" + level + " or higher):",
	}
	menu.onEmpty = "You have no projects with CONTRIBUTE access or more; select another with " + a.Program + " select --level VIEW or --public"
	menu.lenient = true
	return menu
}
