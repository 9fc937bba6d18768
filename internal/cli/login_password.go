package cli

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/secret"
)

// tries is how often dx lets a person try.
const tries = 3

// dialogue is a login by password, asked for or read from standard input.
type dialogue struct {
	*app
	target   target
	options  loginOptions
	platform *platform.Platform // nil: it is met with the first try
	host     string
	preset   string // user name to offer
	fixed    string // user name of the flag; not asked for
	person   platform.Credentials
	scripted bool // the password came from standard input: nothing is tried twice

	prompt   string // for the password
	wrong    string // what is said of a wrong one
	signedIn bool   // the token says who it is: no name is asked for
	codeLine string // of standard input that has the code
}

func (a *app) loginWithPassword(ctx context.Context, t target, o loginOptions, expires time.Time) error {
	d := &dialogue{
		app: a, target: t, options: o, host: t.auth.URL(), fixed: o.username, person: platform.Credentials{Expires: expires},
		prompt: "Password: ", wrong: "Incorrect username and/or password", codeLine: "second",
	}
	if err := d.prepare(t.api.URL(), o); err != nil {
		return err
	}
	store, reason, err := a.openStore(ctx, t)
	if err != nil {
		return err
	}
	pass, enrolled, err := d.enter(ctx)
	if err != nil {
		return d.withSignUp(ctx, err)
	}
	t = d.target
	account := newAccount(t, pass.User, store)
	account.Kind, account.Created, account.Expires = session.Interactive, a.Now().UTC(), pass.Expires
	if pass.Idle == 0 {
		pass.Idle = session.DefaultIdle
	}
	account.IdleSeconds = int64(pass.Idle / time.Second)
	credential := session.Credential{Token: pass.Token, Type: pass.TokenType}
	if err := a.saveOrRevoke(ctx, t, account, credential); err != nil {
		return err
	}
	d.countRecoveryCodes(pass)
	p, err := a.connect(t, credential)
	if err != nil {
		return err
	}
	if err := a.afterLogin(ctx, p, account, o, reason); err != nil || enrolled == nil {
		return err
	}
	enrolled.offerToClear(ctx)
	return nil
}

// enter signs in, and sets an authenticator up where the server demands it.
func (d *dialogue) enter(ctx context.Context) (platform.SignInResult, *enrolment, error) {
	pass, err := d.signIn(ctx)
	if !errors.Is(err, platform.ErrEnrollmentRequired) {
		return pass, nil, err
	}
	ticket, _ := refusal.DetailsOf[platform.Ticket](err)
	enrolled, err := d.loginEnrolment(ctx, ticket.Secret)
	if err != nil {
		return pass, nil, err
	}
	if enrolled.pass == nil { // the server wants to see a code of it
		pass, err = d.signIn(ctx)
		return pass, enrolled, err
	}
	enrolled.pass.User.Name = d.person.Username
	return *enrolled.pass, enrolled, nil
}

// countRecoveryCodes says how many are left after a login with one.
func (d *dialogue) countRecoveryCodes(pass platform.SignInResult) {
	if left := pass.RecoveryCodesLeft; left != nil {
		d.term.Message("%s; %s 2fa recovery-codes --new makes new ones", leftText(*left), d.Program)
	}
}

// prepare finds out whether everything is there or can be asked for.
func (d *dialogue) prepare(server string, o loginOptions) error {
	if o.passwordStdin {
		if o.username == "" {
			return refusal.New(refusal.InputRequired, "--password-stdin needs --username NAME")
		}
		return d.readPassword()
	}
	if err := d.term.CanAsk(); err != nil {
		return refusal.New(refusal.InputRequired, "login needs a person at a terminal: %s", err).
			WithHint(loginFlags(o))
	}
	d.preset = d.settings.Username
	if d.preset == "" {
		last, err := d.book.LastUser(server)
		d.preset = last
		return err
	}
	return nil
}

func loginFlags(o loginOptions) string {
	if o.username != "" {
		return "give the password with --password-stdin, or a token with --token -, --token-file FILE or DXAUTH_TOKEN"
	}
	return "give --username NAME and --password-stdin, or a token with --token -, --token-file FILE or DXAUTH_TOKEN"
}

// readPassword takes the password, and perhaps a code, from standard input.
func (d *dialogue) readPassword() error {
	lines, err := d.secretLines(2)
	if err != nil {
		return err
	}
	if lines[0] == "" {
		return refusal.New(refusal.InputRequired, "--password-stdin: standard input has no password").
			WithHint("pipe the password into the command")
	}
	return d.script(lines[0], lines[1])
}

// script takes what a script hands in; the code may be empty.
func (d *dialogue) script(password, code string) (err error) {
	d.scripted = true
	d.person.Username, d.person.Password = d.fixed, secret.New(password)
	if strings.TrimSpace(code) == "" {
		return nil
	}
	if d.person.Code, err = readCode(code); err != nil {
		return &refusal.Error{Code: refusal.WrongCredentials, Message: "the code on standard input: " + err.Error(), Err: err}
	}
	return nil
}

func (d *dialogue) signIn(ctx context.Context) (pass platform.SignInResult, err error) {
	d.term.Message("Acquiring credentials from %s", d.host)
	err = d.prove(ctx, func(person platform.Credentials) (err error) {
		if err := d.meet(ctx); err != nil {
			return err
		}
		pass, err = d.platform.SignIn(ctx, person)
		return err
	})
	return pass, err
}

// meet finds out what the server speaks, now that everything is there that is to
// be sent to it.
func (d *dialogue) meet(ctx context.Context) (err error) {
	if d.platform != nil {
		return nil
	}
	if d.target, err = d.loginKind(ctx, d.target, d.options); err != nil {
		return err
	}
	d.platform, err = d.connect(d.target, session.Credential{})
	return err
}

// prove asks and tries, as often as dx does. A missing code is no wrong try.
func (d *dialogue) prove(ctx context.Context, try func(platform.Credentials) error) error {
	for wrong := 0; ; {
		if err := d.complete(ctx); err != nil {
			return err
		}
		err := try(d.person)
		if isWrong(err) {
			wrong++
		}
		if err == nil || wrong == tries {
			return d.named(err)
		}
		if err := d.react(ctx, err); err != nil {
			return d.named(err)
		}
	}
}

// named says of a wrong password what was wrong: whoever is signed in has given no
// user name.
func (d *dialogue) named(err error) error {
	if !d.signedIn || !errors.Is(err, platform.ErrWrongPassword) {
		return err
	}
	return &refusal.Error{Code: refusal.WrongCredentials, Message: d.wrong, Err: err}
}

func isWrong(err error) bool {
	return errors.Is(err, platform.ErrWrongPassword) || errors.Is(err, platform.ErrWrongCode)
}

// complete asks for what the next try still lacks.
func (d *dialogue) complete(ctx context.Context) error {
	if !d.person.Password.IsZero() {
		return nil
	}
	username, err := d.askUsername(ctx)
	if err != nil {
		return err
	}
	d.person.Username = username
	for d.person.Password.IsZero() {
		if d.person.Password, err = d.term.Secret(ctx, d.prompt); err != nil {
			return err
		}
	}
	return nil
}

func (d *dialogue) askUsername(ctx context.Context) (string, error) {
	if d.fixed != "" || d.signedIn {
		return d.fixed, nil
	}
	prompt := "Username: "
	if d.preset != "" {
		prompt = "Username [" + d.preset + "]: "
	}
	for {
		answer, err := d.term.Line(ctx, prompt)
		if err != nil {
			return "", err
		}
		if answer = strings.TrimSpace(answer); answer == "" {
			answer = d.preset
		}
		if answer != "" {
			d.preset = answer
			return answer, nil
		}
	}
}

// react prepares the next try after a refusal, or gives up with an error.
func (d *dialogue) react(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, platform.ErrCodeRequired) && d.person.Code.IsZero():
		return d.askCode(ctx)
	case d.scripted:
		return err
	case errors.Is(err, platform.ErrWrongCode):
		d.term.Message("%s", err) // it may be one that was used before
		d.nameSkew(err)
		return d.askCode(ctx)
	case errors.Is(err, platform.ErrWrongPassword):
		d.term.Message("%s", d.wrong)
		d.person.Password, d.person.Code = secret.Text{}, secret.Text{}
		return nil
	default:
		return err
	}
}

// askCode is a line of its own: a code is worth nothing once it is used, so it
// is shown while it is typed, as dx does.
func (d *dialogue) askCode(ctx context.Context) error {
	if d.scripted {
		return refusal.New(refusal.InputRequired, "%s asks for a verification code", d.host).
			WithHint("give the code as the " + d.codeLine + " line of standard input")
	}
	code, err := d.askForCode(ctx, "Verification code: ", readCode)
	d.person.Code = code
	return err
}
