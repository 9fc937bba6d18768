package trust

import (
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Limits of a rule.
const (
	MaxLifetime = time.Hour
	MinLifetime = time.Minute
	MaxClaims   = 10
	MaxProjects = 20 // each is looked up at an exchange
)

// Check returns refusal.WrongInput with what is wrong with a rule.
func (r Rule) Check() error {
	if err := r.checkClaims(); err != nil {
		return err
	}
	for _, system := range systems() {
		if !system.isOf(r) {
			continue
		}
		if err := system.check(r); err != nil {
			return err
		}
	}
	if r.Key() == "" {
		return refusal.Inputf("claims", "must name at least one claim exactly, without *")
	}
	if err := r.checkProjects(); err != nil {
		return err
	}
	if r.Lifetime < MinLifetime || r.Lifetime > MaxLifetime {
		return refusal.Inputf("lifetime", "must be from 1 minute to 1 hour")
	}
	return nil
}

// StandardClaims are checked for every token, so a rule that names them says nothing, or
// something that no other token has.
func StandardClaims() []string { return []string{"iss", "aud", "exp", "nbf", "iat", "jti"} }

func (r Rule) checkClaims() error {
	if len(r.Claims) == 0 || len(r.Claims) > MaxClaims {
		return refusal.Inputf("claims", "must name from 1 to %d claims", MaxClaims)
	}
	for _, name := range sortedKeys(r.Claims) {
		want := r.Claims[name]
		switch {
		case !isGoodText(name):
			return refusal.Inputf("claims", "must have names of 1 to %d bytes", maxText)
		case slices.Contains(StandardClaims(), name):
			return refusal.Inputf("claims", "must not name %s, which is checked for every token", name)
		case !isGoodText(want):
			return refusal.Inputf("claims."+name, "must have 1 to %d bytes", maxText)
		case strings.Trim(want, separators+string(anyText)) == "":
			return refusal.Inputf("claims."+name, "must not consist of * alone: leave the claim out if its value does not matter")
		}
	}
	return nil
}

func (r Rule) checkProjects() error {
	if len(r.Projects) == 0 || len(r.Projects) > MaxProjects {
		return refusal.Inputf("projects", "must name from 1 to %d projects", MaxProjects)
	}
	for id, level := range r.Projects {
		if level < directory.View || level > directory.Administer {
			return refusal.Inputf("projects."+id, "must be VIEW, UPLOAD, CONTRIBUTE or ADMINISTER")
		}
	}
	return nil
}

// Key returns the claim by which the rule is found, an exact one, or "" if there is none.
// IDs that are never given out twice come first, because few rules share them.
func (r Rule) Key() string {
	var first []string
	for _, system := range systems() {
		first = append(first, system.ids...)
	}
	for _, name := range slices.Concat(first, []string{"sub"}, sortedKeys(r.Claims)) {
		if r.hasExactly(name) {
			return keyOf(name, r.Claims[name])
		}
	}
	return ""
}

// idBytes is the length of an ID, which is not a secret, before it is written as digits.
const idBytes = 8

// NewID draws the ID of a rule: 16 hexadecimal digits.
func NewID(random io.Reader) (string, error) {
	id := make([]byte, idBytes)
	if _, err := io.ReadFull(random, id); err != nil {
		return "", fmt.Errorf("draw the ID of a trust rule: %w", err)
	}
	return hex.EncodeToString(id), nil
}
