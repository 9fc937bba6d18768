package sso

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/oauth2"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/idtoken"
	"github.com/dxauth/dxauth/internal/refserver/keylock"
	"github.com/dxauth/dxauth/internal/refserver/service/linking"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/pkg/secret"
)

// fieldNext is the field of the form that begins a sign-in.
const fieldNext = "next"

// start sends a browser to the provider. A visitor who is signed in already does it to
// confirm that, so the provider has to ask for more than its own cookie.
func (h *Handler) start(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
	p, found := h.find(w, r, v)
	if !found {
		return
	}
	if !h.cookie(r).IsPossible() {
		h.pages.Refuse(w, r, v, errPlainHTTP)
		return
	}
	a, err := h.newAttempt(r, p, attempt{Next: shortNext(r.PostForm.Get(fieldNext)), Again: v.IsSignedIn()})
	if err != nil {
		h.pages.Refuse(w, r, v, err)
		return
	}
	h.sendTo(w, r, p, a)
}

// newAttempt draws an attempt at a provider that begins now.
func (h *Handler) newAttempt(r *http.Request, p *provider, a attempt) (attempt, error) {
	a.Provider, a.Redirect, a.Made = p.Name, h.redirectURI(r, p.Name), h.now().Unix()
	return newAttempt(h.random, a)
}

// sendTo sends a browser to the provider of an attempt.
func (h *Handler) sendTo(w http.ResponseWriter, r *http.Request, p *provider, a attempt) {
	metadata, err := p.metadata(r.Context())
	if err != nil {
		h.refuseProvider(w, r, p, err)
		return
	}
	http.SetCookie(w, h.cookie(r).With(a.encode(), attemptTime))
	h.leave(w, r, p, p.config(metadata, a).AuthCodeURL(a.state().Reveal(), a.options()...))
}

// maxNext bounds the path to continue with, in bytes: browsers drop cookies of more than
// 4096, and the path is in one.
const maxNext = 2 << 10

// shortNext returns where the browser continues, or the start page for a path that is too
// long.
func shortNext(text string) string {
	next := browser.SafeNext(text)
	if len(next) > maxNext {
		return browser.PathHome
	}
	return next
}

// metadata returns what a provider says about itself, if a browser can sign in there.
func (p *provider) metadata(ctx context.Context) (idtoken.Metadata, error) {
	metadata, err := p.issuer.Metadata(ctx)
	if err != nil {
		return metadata, err
	}
	if metadata.AuthorizationEndpoint == "" || metadata.TokenEndpoint == "" {
		return metadata, &idtoken.ProviderError{Issuer: p.Issuer, Err: errors.New("its discovery document lacks an endpoint for sign-ins")}
	}
	return metadata, nil
}

// config returns the client of an attempt.
func (p *provider) config(metadata idtoken.Metadata, a attempt) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret.Reveal(), RedirectURL: a.Redirect, Scopes: p.Scopes,
		Endpoint: oauth2.Endpoint{AuthURL: metadata.AuthorizationEndpoint, TokenURL: metadata.TokenEndpoint, AuthStyle: p.authStyle(metadata)},
	}
}

// authStyle returns how the client authenticates. It is never found out by trying: a code
// works once.
func (p *provider) authStyle(metadata idtoken.Metadata) oauth2.AuthStyle {
	basic := len(metadata.TokenAuthMethods) == 0 || slices.Contains(metadata.TokenAuthMethods, "client_secret_basic")
	if p.ClientSecret.IsZero() || !basic {
		return oauth2.AuthStyleInParams
	}
	return oauth2.AuthStyleInHeader
}

// options returns the parameters of the authorization request that protect it: nonce
// (OpenID Connect Core 1.0, section 3.1.2.1), S256 (RFC 7636), and max_age where the user
// has to authenticate again.
func (a attempt) options() []oauth2.AuthCodeOption {
	options := []oauth2.AuthCodeOption{
		oauth2.SetAuthURLParam("nonce", a.nonce().Reveal()), oauth2.S256ChallengeOption(a.verifier().Reveal()),
	}
	if a.Again {
		options = append(options, oauth2.SetAuthURLParam("max_age", "0"))
	}
	return options
}

// leave shows a page that leads to the provider at once. It is not a redirect: browsers
// apply the rule of pages that their forms lead nowhere else to all redirects that
// follow, and providers redirect to others.
func (h *Handler) leave(w http.ResponseWriter, r *http.Request, p *provider, address string) {
	w.Header().Set("Refresh", "0; url="+address)
	h.show(w, r, http.StatusOK, "leave", browser.Page{Title: "Sign in with " + p.Title, Data: leaveData{p.Title, address}})
}

type leaveData struct{ Provider, Address string }

// callback takes the response of the provider, and leads on to a page without its code in
// the address.
func (h *Handler) callback(w http.ResponseWriter, r *http.Request, _ browser.Visitor, p *provider, a attempt) {
	query := r.URL.Query()
	if !isOnly(query, "state", a.state()) {
		h.startAgain(w, r, textNotBegun)
		return
	}
	if err := h.arrive(r, p, a); err != nil {
		h.drop(w, r)
		h.refuseProvider(w, r, p, err)
		return
	}
	h.pages.Redirect(w, "/sso/confirm/"+p.Name)
}

// isOnly reports whether a parameter is there once, with a value that is a secret.
func isOnly(query url.Values, name string, want secret.Text) bool {
	values := query[name]
	return len(values) == 1 && want.Equal(secret.New(values[0]))
}

// arrive checks the response of a provider and stores who signed in.
func (h *Handler) arrive(r *http.Request, p *provider, a attempt) error {
	ctx, query := r.Context(), r.URL.Query()
	metadata, err := p.metadata(ctx)
	if err != nil {
		return err
	}
	if err := checkSender(query, p.Issuer, metadata.SendsIssuer); err != nil {
		return err
	}
	if query.Has("error") {
		return &refusedError{code: query.Get("error")}
	}
	if len(query["code"]) != 1 {
		return &refusedError{code: "invalid_response"}
	}
	unlock, err := h.takeTurn(r, p)
	if err != nil {
		return err
	}
	sent, err := p.exchange(ctx, metadata, a, secret.New(query.Get("code")))
	unlock()
	if err != nil {
		return err
	}
	token, err := p.issuer.VerifySignIn(ctx, sent.identity, idtoken.SignIn{ClientID: p.ClientID, Nonce: a.nonce(), Since: a.since()})
	if err != nil {
		return err
	}
	if token, err = p.issuer.AddUserInfo(ctx, token, sent.access); err != nil {
		return err
	}
	return h.linking.Arrive(ctx, linking.Arrival{Ticket: a.ticket(), Provider: p.Name, User: userOf(token)})
}

// since returns the time after which the user must have authenticated at the provider.
func (a attempt) since() time.Time {
	if a.Again {
		return a.made()
	}
	return time.Time{}
}

// checkSender checks who sent a response (RFC 9207, section 2.4): another provider
// could have sent it that the user was led to.
func checkSender(query url.Values, issuer string, isPromised bool) error {
	sent := query["iss"]
	if len(sent) == 0 && !isPromised || len(sent) == 1 && sent[0] == issuer {
		return nil
	}
	return errOtherIssuer
}

// tokens are those that a provider sends for a code. The access token is for what the
// provider says about the user, and is dropped then.
type tokens struct{ identity, access secret.Text }

// takeTurn waits until a provider may be called, and returns what ends the turn: first
// among the requests of one network, then among all.
func (h *Handler) takeTurn(r *http.Request, p *provider) (end func(), err error) {
	leave, err := h.networks.Lock(r.Context(), identity.Source(httpkit.InfoOf(r.Context()).Address))
	if err != nil {
		return nil, busyIfFull(err)
	}
	unlock, err := h.exchanges.Lock(r.Context(), p.Name)
	if err != nil {
		leave()
		return nil, busyIfFull(err)
	}
	return func() { unlock(); leave() }, nil
}

func busyIfFull(err error) error {
	if errors.Is(err, keylock.ErrFull) {
		return errBusy
	}
	return err
}

// exchange spends a code.
func (p *provider) exchange(ctx context.Context, metadata idtoken.Metadata, a attempt, code secret.Text) (tokens, error) {
	ctx = context.WithValue(ctx, oauth2.HTTPClient, p.issuer.Client())
	sent, err := p.config(metadata, a).Exchange(ctx, code.Reveal(), oauth2.VerifierOption(a.verifier().Reveal()))
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return tokens{}, &refusedError{code: refused.ErrorCode, status: statusOf(refused)}
	}
	if err != nil {
		return tokens{}, &idtoken.ProviderError{Issuer: p.Issuer, Err: err}
	}
	raw, ok := sent.Extra("id_token").(string)
	if !ok || raw == "" {
		return tokens{}, &idtoken.InvalidError{Problem: "the provider sent none"}
	}
	return tokens{secret.New(raw), secret.New(sent.AccessToken)}, nil
}

func statusOf(refused *oauth2.RetrieveError) int {
	if refused.Response == nil {
		return 0
	}
	return refused.Response.StatusCode
}

// userOf returns what a verified token says about a user.
func userOf(token idtoken.Token) identity.ProviderUser {
	text := func(claim string) string {
		value, _ := token.Claims()[claim].(string)
		return value
	}
	return identity.ProviderUser{
		Issuer: token.Issuer, Subject: token.Subject, Email: token.Email, EmailVerified: token.EmailVerified,
		HostedDomain: token.HostedDomain, Authenticated: token.Authenticated,
		Username: text("preferred_username"), First: text("given_name"), Last: text("family_name"),
	}
}

// confirmData is what the page after a sign-in at a provider shows.
type confirmData struct{ Provider, Who, Action string }

// confirm shows who signed in at the provider, and a button to continue: a session begins
// with a form of this server, never with a page of another one.
func (h *Handler) confirm(w http.ResponseWriter, r *http.Request, v browser.Visitor, p *provider, a attempt) {
	if a.Own != "" {
		h.confirmOwn(w, r, v, p, a)
		return
	}
	who, err := h.linking.Pending(r.Context(), a.ticket(), p.Name)
	if err != nil {
		h.refuseSignIn(w, r, p, a, err)
		return
	}
	h.show(w, r, http.StatusOK, "confirm", browser.Page{
		Title: "Continue as " + nameOf(who), Data: confirmData{p.Title, nameOf(who), "/sso/" + p.Name + "/continue"},
	})
}

// nameOf returns how a user knows the account at the provider.
func nameOf(who identity.ProviderUser) string {
	for _, name := range []string{who.Email, who.Username} {
		if name != "" {
			return name
		}
	}
	return who.Subject
}

// signIn starts a session, or says what the user has to do first.
func (h *Handler) signIn(w http.ResponseWriter, r *http.Request, _ browser.Visitor, p *provider, a attempt) {
	if a.Own != "" {
		h.startAgain(w, r, textNotBegun)
		return
	}
	result, err := h.linking.SignIn(r.Context(), a.ticket(), p.Name, browser.OriginOf(r))
	if err != nil {
		h.refuseSignIn(w, r, p, a, err)
		return
	}
	h.drop(w, r)
	h.pages.StartSession(w, r, result, a.Next)
}

// fieldPassword is the field of the form that links an account.
const fieldPassword = "password"

// link starts a session after the password of the account with the same address.
func (h *Handler) link(w http.ResponseWriter, r *http.Request, _ browser.Visitor, p *provider, a attempt) {
	if a.Own != "" {
		h.startAgain(w, r, textNotBegun)
		return
	}
	password := secret.New(r.PostForm.Get(fieldPassword))
	result, err := h.linking.LinkWithPassword(r.Context(), a.ticket(), p.Name, password, browser.OriginOf(r))
	if err != nil {
		h.refuseLink(w, r, p, a, err)
		return
	}
	h.drop(w, r)
	h.pages.StartSession(w, r, result, a.Next)
}

// noteFailure logs why a provider could not be used: its administrator has to know, and
// the user cannot help it.
func (h *Handler) noteFailure(r *http.Request, p *provider, err error) {
	h.log.WarnContext(r.Context(), "the sign-in at a provider failed",
		"provider", p.Name, "error", err, "request", httpkit.InfoOf(r.Context()).RequestID)
}
