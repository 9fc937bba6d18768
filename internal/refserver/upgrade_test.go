package refserver_test

import (
	"bytes"
	"encoding/base32"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/testclock"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// oldServer is the current server on a copy of the store that commit 05dad06 wrote, one
// minute after that.
type oldServer struct {
	url   string
	clock *testclock.Clock
}

// copyOldStore returns the path of a copy, with its key next to it.
func copyOldStore(t *testing.T) (file string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"platform.db", "platform.db.key"} {
		if err := os.WriteFile(filepath.Join(dir, name), readFile(t, filepath.Join("testdata/05dad06", name)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "platform.db")
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func openOldStore(t *testing.T) oldServer {
	t.Helper()
	clock := testclock.New(time.Date(2026, 11, 29, 19, 51, 0, 0, time.UTC))
	server, err := refserver.Open(t.Context(), refserver.Config{StoreFile: copyOldStore(t), Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(server.Handler())
	t.Cleanup(func() {
		listening.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return oldServer{listening.URL, clock}
}

// as returns a client with a token; "" makes it anonymous.
func (s oldServer) as(token string) *dnanexus.Client {
	return dnanexus.New(dnanexus.Config{APIServer: s.url, AuthServer: s.url, Token: secret.New(token)})
}

// code returns the current code of an authenticator app with the seed.
func (s oldServer) code(t *testing.T, seed string) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(seed)
	if err != nil {
		t.Fatal(err)
	}
	return identity.TOTP(key, s.clock.Now().Unix()/30)
}

// signIn signs in; a code of "" is not sent.
func (s oldServer) signIn(t *testing.T, username, password, code string) (token string, err error) {
	t.Helper()
	request := dnanexus.NewAuthTokenRequest{Username: username, Password: secret.New(password).OnWire()}
	if code != "" {
		otp := secret.New(code).OnWire()
		request.OTP = &otp
	}
	answer, err := s.as("").NewAuthToken(t.Context(), request)
	return answer.AccessToken.Text().Reveal(), err
}

// whose returns the ID of the user of a token.
func (s oldServer) whose(t *testing.T, token string) string {
	t.Helper()
	who, err := s.as(token).WhoAmI(t.Context(), dnanexus.WhoAmIRequest{})
	if err != nil {
		t.Error(err)
	}
	return who.ID
}

// A store that a newer program has changed is refused with a message and not changed.
func TestAStoreOfANewerProgramIsRefused(t *testing.T) {
	file := copyOldStore(t)
	newer := readFile(t, file)
	newer[63] = 99 // the last byte of the schema's version in the header of the file
	if err := os.WriteFile(file, newer, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := refserver.Open(t.Context(), refserver.Config{StoreFile: file})
	if err == nil || !strings.Contains(err.Error(), "the store has schema 99") || !strings.Contains(err.Error(), "use a newer dxauth") {
		t.Errorf("got %v", err)
	}
	if !bytes.Equal(newer, readFile(t, file)) {
		t.Error("the store was changed")
	}
}

// Passwords, second factors, recovery codes and activation codes of an older server stay
// valid.
func TestUsersOfAnOlderStoreSignIn(t *testing.T) {
	server := openOldStore(t)
	for name, test := range map[string]struct {
		username, password, code string
		want                     string // type of the refusal; "": the sign-in succeeds
	}{
		"password":                          {"alice", "wonderland-2026", "", ""},
		"wrong password":                    {"alice", "wonderland-2025", "", dnanexus.TypeUsernameOrPassword},
		"code missing":                      {"bob", "builder-2026", "", dnanexus.TypeOTPRequired},
		"code of a seed from a fixture":     {"bob", "builder-2026", server.code(t, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"), ""},
		"recovery code of a fixture":        {"bob", "builder-2026", "aaaaa-bbbbb", ""},
		"code of a seed of the server":      {"carol", "singer-2026", server.code(t, "5RW7YARVBW5Y4JMOU3RWGZ6CQAZFI6KA"), ""},
		"recovery code of the server":       {"carol", "singer-2026", "9aky-u3zh-nxw4-zinm", ""},
		"account of single sign-on":         {"dave", "anything-2026", "", dnanexus.TypeSSORequired},
		"account that waits for activation": {"erin", "anything-2026", "", dnanexus.TypeUsernameOrPassword},
	} {
		t.Run(name, func(t *testing.T) {
			token, err := server.signIn(t, test.username, test.password, test.code)
			if test.want != "" {
				if !dnanexus.IsType(err, test.want) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || server.whose(t, token) != "user-"+test.username {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("activation", func(t *testing.T) {
		_, err := server.as("").ActivateUser(t.Context(), dnanexus.ActivateUserRequest{
			Code:     secret.New("ws92-b88n-6emp-idkw-v7qb-9qun-4gf8-rvwt").OnWire(),
			Password: secret.New("harbour-of-2026").OnWire(),
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := server.signIn(t, "erin", "harbour-of-2026", ""); err != nil {
			t.Error(err)
		}
	})
}

// Tokens of every kind stay valid, within their scopes and limits.
func TestTokensOfAnOlderStoreAreValid(t *testing.T) {
	server := openOldStore(t)
	const session = "sve7oXuRH5UbdlgVqtiBIDBLJhSg5k98"
	for name, token := range map[string]string{
		"session":                session,
		"API token of a fixture": "0123456789abcdefghijABCDEFGHIJ01",
		"API token":              "XeC6ZrAE8e57y2kb5lPHS9krWOvbmFLh",
		"token of EMX2":          "161b525f75867b9222bb7a0806ed49e7",
	} {
		if got := server.whose(t, token); got != "user-alice" {
			t.Errorf("%s: the user is %q", name, got)
		}
	}

	emx2 := molgenis.New(molgenis.Config{Server: server.url, Credential: secret.New("161b525f75867b9222bb7a0806ed49e7")})
	if who, err := emx2.Session(t.Context()); err != nil || who.Email != "alice" {
		t.Errorf("at EMX2: %q, %v", who.Email, err)
	}
	listed, err := server.as(session).ListAuthTokens(t.Context(), dnanexus.ListAuthTokensRequest{})
	if err != nil || len(listed.Tokens) != 3 {
		t.Errorf("alice's API tokens: %+v, %v", listed.Tokens, err)
	}

	server.clock.Advance(6 * time.Minute) // genomics ends sessions after 5
	if _, err := server.as(session).WhoAmI(t.Context(), dnanexus.WhoAmIRequest{}); !dnanexus.IsType(err, dnanexus.TypeInvalidAuthentication) {
		t.Errorf("the session after 6 minutes: %v", err)
	}
	server.clock.Advance(89 * 24 * time.Hour)
	server.whose(t, "XeC6ZrAE8e57y2kb5lPHS9krWOvbmFLh")
	server.clock.Advance(2 * 24 * time.Hour)
	if _, err := server.as("XeC6ZrAE8e57y2kb5lPHS9krWOvbmFLh").WhoAmI(t.Context(), dnanexus.WhoAmIRequest{}); !dnanexus.IsType(err, dnanexus.TypeInvalidAuthentication) {
		t.Errorf("a token of 90 days after 91: %v", err)
	}
}

// Projects, folders, orgs and their members are unchanged.
func TestEntitiesOfAnOlderStoreAreThere(t *testing.T) {
	server := openOldStore(t)
	ctx, limited := t.Context(), server.as("0123456789abcdefghijABCDEFGHIJ01")
	found, err := limited.FindProjects(ctx, dnanexus.FindProjectsRequest{Level: dnanexus.LevelView})
	if err != nil || len(found.Results) != 1 || found.Results[0].Level != dnanexus.LevelView {
		t.Fatalf("projects: %+v, %v", found.Results, err)
	}
	exome, err := limited.DescribeProject(ctx, found.Results[0].ID, dnanexus.DescribeProjectRequest{Properties: true})
	if err != nil || exome.Name != "Exome 2026" || exome.BillTo != "org-genomics" || exome.Region != "azure:westus" ||
		len(exome.Tags) != 1 || exome.Properties["phase"] != "two" {
		t.Errorf("%+v, %v", exome, err)
	}
	raw, err := limited.ListFolder(ctx, exome.ID, dnanexus.ListFolderRequest{Folder: "/raw"})
	if err != nil || len(raw.Folders) != 1 || raw.Folders[0] != "/raw/batch1" {
		t.Errorf("folders: %+v, %v", raw.Folders, err)
	}

	session, err := server.signIn(t, "alice", "wonderland-2026", "")
	if err != nil {
		t.Fatal(err)
	}
	members, err := server.as(session).FindMembers(ctx, "org-genomics", dnanexus.FindMembersRequest{})
	if err != nil || len(members.Results) != 2 {
		t.Errorf("members: %+v, %v", members.Results, err)
	}
	admin, err := server.signIn(t, "admin", "admin-2026", "")
	if err != nil {
		t.Fatal(err)
	}
	for user, check := range map[string]func(dnanexus.AdminUser) bool{
		"admin": func(u dnanexus.AdminUser) bool { return u.Superuser },
		"bob":   func(u dnanexus.AdminUser) bool { return u.TwoFactor },
		"carol": func(u dnanexus.AdminUser) bool { return u.TwoFactor },
		"dave":  func(u dnanexus.AdminUser) bool { return u.SSO },
		"erin":  func(u dnanexus.AdminUser) bool { return !u.Activated },
	} {
		described, err := server.as(admin).AdminUser(ctx, user)
		if err != nil || !check(described) {
			t.Errorf("%s: %+v, %v", user, described, err)
		}
	}
}
