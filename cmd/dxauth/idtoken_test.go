//go:build unix

package main

import (
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/sso"
	"github.com/dxauth/dxauth/internal/testissuer"
)

// trust makes a server trust a CI system of each kind.
func (w *world) trust(config *refserver.Config) (err error) {
	if w.issuers == nil {
		if w.issuers, err = testissuer.Start(time.Now); err != nil {
			return err
		}
	}
	for _, system := range testissuer.Systems() {
		replay := sso.ReplayUntilExpiry
		if system == testissuer.GitHub {
			replay = sso.ReplayOnce
		}
		config.SSO.Workloads = append(config.SSO.Workloads, sso.Workload{Name: system, Issuer: w.issuers.URL(system), Replay: replay})
	}
	return nil
}

// idTokenOf writes the ID token of a job of a CI system into a file. It is for the last
// server, unless a claim says otherwise. A claim without a value is left out; exp is how
// long the token is valid.
func idTokenOf(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, "idtoken SYSTEM FILE [CLAIM=[VALUE]...]", !neg && len(args) >= 2 && slices.Contains(testissuer.Systems(), args[0]))
	w := worldOf(ts)
	if w.issuers == nil {
		ts.Check(errors.New("no server trusts a CI system"))
	}
	claims := w.issuers.Claims(args[0], ts.Getenv("DXAUTH_SERVER"))
	for _, change := range args[2:] {
		name, value, _ := strings.Cut(change, "=")
		switch {
		case value == "":
			delete(claims, name)
		case name == "exp":
			left, err := time.ParseDuration(value)
			ts.Check(err)
			claims[name] = time.Now().Add(left).Unix()
		default:
			claims[name] = value
		}
	}
	token, err := w.issuers.Sign(claims)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(token+"\n"), 0o600))
}
