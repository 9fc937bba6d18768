package identity_test

import (
	"crypto/rand"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

func TestDrafts(t *testing.T) {
	fine := identity.Draft{Username: "Ada.L_1", Email: "ada@example.org", First: "Ada"}
	made := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	user, err := fine.User(made)
	if err != nil || user.ID != "user-ada.l_1" || user.Handle != "Ada.L_1" || user.PasswordHash != "" || !user.Created.Equal(made) || user.Superuser {
		t.Errorf("got %+v, %v", user, err)
	}
	for name, tt := range map[string]struct {
		change func(*identity.Draft)
		want   identity.DraftField // empty: nothing is wrong
	}{
		"three letters":              {func(d *identity.Draft) { d.Username = "ada" }, ""},
		"two letters":                {func(d *identity.Draft) { d.Username = "ad" }, identity.FieldUsername},
		"255 letters":                {func(d *identity.Draft) { d.Username = strings.Repeat("a", 255) }, ""},
		"256 letters":                {func(d *identity.Draft) { d.Username = strings.Repeat("a", 256) }, identity.FieldUsername},
		"a digit first":              {func(d *identity.Draft) { d.Username = "1da" }, identity.FieldUsername},
		"a letter that is not ASCII": {func(d *identity.Draft) { d.Username = "ädä" }, identity.FieldUsername},
		"a dash":                     {func(d *identity.Draft) { d.Username = "a-da" }, identity.FieldUsername},
		"a dot at the end":           {func(d *identity.Draft) { d.Username = "alice." }, identity.FieldUsername},
		"an underscore at the end":   {func(d *identity.Draft) { d.Username = "admin_" }, identity.FieldUsername},
		"two dots in a row":          {func(d *identity.Draft) { d.Username = "ada..lovelace" }, identity.FieldUsername},
		"a dot and an underscore":    {func(d *identity.Draft) { d.Username = "ada._lovelace" }, identity.FieldUsername},
		"a dot between names":        {func(d *identity.Draft) { d.Username = "ada.k_lovelace" }, ""},
		"root":                       {func(d *identity.Draft) { d.Username = "Root" }, identity.FieldUsername},
		"system in disguise":         {func(d *identity.Draft) { d.Username = "sys.tem" }, identity.FieldUsername},
		"public with a dot":          {func(d *identity.Draft) { d.Username = "public." }, identity.FieldUsername},
		"admin":                      {func(d *identity.Draft) { d.Username = "Admin" }, identity.FieldUsername},
		"admin in disguise":          {func(d *identity.Draft) { d.Username = "ad_min" }, identity.FieldUsername},
		"administrator":              {func(d *identity.Draft) { d.Username = "administrator" }, identity.FieldUsername},
		"an administrator's admin":   {func(d *identity.Draft) { d.Username, d.Administrator = "admin", true }, ""},
		"an administrator's root":    {func(d *identity.Draft) { d.Username, d.Administrator = "root", true }, identity.FieldUsername},
		"a name with admin in it":    {func(d *identity.Draft) { d.Username = "admiral.administrators" }, ""},
		"a name with root in it":     {func(d *identity.Draft) { d.Username = "rooted" }, ""},
		"a Cyrillic look-alike":      {func(d *identity.Draft) { d.Username = "\u0430lice" }, identity.FieldUsername},
		"a wide look-alike":          {func(d *identity.Draft) { d.Username = "\uff41lice" }, identity.FieldUsername},
		"no user name":               {func(d *identity.Draft) { d.Username = "" }, identity.FieldUsername},
		"no address":                 {func(d *identity.Draft) { d.Email = "" }, identity.FieldEmail},
		"an address with a name":     {func(d *identity.Draft) { d.Email = "Ada <ada@example.org>" }, identity.FieldEmail},
		"two addresses":              {func(d *identity.Draft) { d.Email = "a@example.org, b@example.org" }, identity.FieldEmail},
		"a long address":             {func(d *identity.Draft) { d.Email = strings.Repeat("a", 250) + "@example.org" }, identity.FieldEmail},
		"the last name alone":        {func(d *identity.Draft) { d.First, d.Last = "", "Lovelace" }, ""},
		"the middle name alone":      {func(d *identity.Draft) { d.First, d.Middle = "", "K" }, identity.FieldName},
		"blanks":                     {func(d *identity.Draft) { d.First = "\t " }, identity.FieldName},
		"a long name":                {func(d *identity.Draft) { d.Middle = strings.Repeat("m", 256) }, identity.FieldNamePart},
	} {
		t.Run(name, func(t *testing.T) {
			draft := fine
			tt.change(&draft)
			_, err := draft.User(made)
			if wrong, refused := refusal.DetailsOf[refusal.Input](err); refused != (tt.want != "") || wrong.Key != string(tt.want) {
				t.Errorf("got %v, want a refusal of %q", err, tt.want)
			}
		})
	}
}

func TestSSHKeys(t *testing.T) {
	for key, fine := range map[string]bool{
		"": true, "ssh-ed25519 AAAAC3Nz alice@host": true, strings.Repeat("x", identity.MaxSSHKey): true,
		strings.Repeat("x", identity.MaxSSHKey+1): false,
		"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n": false, "-----BEGIN OPENSSH PRIVATE KEY-----": false,
		"-----BEGIN PRIVATE KEY-----": false, "-----BEGIN ENCRYPTED PRIVATE KEY-----": false,
	} {
		if err := identity.CheckSSHKey(key); (err == nil) != fine {
			t.Errorf("%.40q: %v", key, err)
		}
	}
}

// Codes have 160 bits, differ, and are valid regardless of case and dashes.
func TestAccessCodes(t *testing.T) {
	form := regexp.MustCompile(`^[a-km-np-z2-9]{4}(-[a-km-np-z2-9]{4}){7}$`)
	seen := map[string]bool{}
	for range 100 {
		code, err := identity.NewAccessCode(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		text := code.Reveal()
		if !form.MatchString(text) || seen[text] {
			t.Fatalf("drew %s", text)
		}
		seen[text] = true
		hash := identity.HashAccessCode(code)
		for _, typed := range []string{strings.ToUpper(text), strings.ReplaceAll(text, "-", ""), strings.ReplaceAll(text, "-", " ")} {
			if identity.HashAccessCode(secret.New(typed)) != hash {
				t.Errorf("%s typed as %s has another hash", text, typed)
			}
		}
		if strings.Contains(hash, text) || len(hash) != 64 {
			t.Errorf("the hash is %s", hash)
		}
	}
	if _, err := identity.NewAccessCode(strings.NewReader("too short")); err == nil {
		t.Error("a code was made from too little randomness")
	}
}

func TestAccessCodeGood(t *testing.T) {
	end := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	code := identity.AccessCode{Purpose: identity.Bootstrap, Expires: end}
	for _, tt := range []struct {
		purpose identity.Purpose
		now     time.Time
		want    bool
	}{
		{identity.Bootstrap, end.Add(-time.Millisecond), true},
		{identity.Bootstrap, end, false},
		{identity.Activation, end.Add(-time.Hour), false},
		{"", end.Add(-time.Hour), false},
	} {
		if got := code.Good(tt.purpose, tt.now); got != tt.want {
			t.Errorf("%s at %s: %v", tt.purpose, tt.now, got)
		}
	}
}
