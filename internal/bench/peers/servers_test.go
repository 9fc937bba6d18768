package peers

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/testpostgres"
)

// password is that of every user.
const password = "wonderland-2026"

func email(user int) string { return fmt.Sprintf("user%d@example.org", user) }

// startBare starts the server that looks nothing up.
func startBare(b *testing.B) target {
	b.Helper()
	at := address(b)
	newProcess(b, build(b, "../testdata/bare", "."), "BARE_ADDRESS="+at).serve(b, "http://"+at)
	t := newTarget("bare", http.MethodPost, "http://"+at, "{}")
	t.people = []person{{token: "none"}}
	return t
}

// startDxauth starts dxauth with a file and with PostgreSQL.
func startDxauth(b *testing.B, database *testpostgres.Server) []target {
	b.Helper()
	program := build(b, "../../..", "./cmd/dxauth")
	var fixture strings.Builder
	fixture.WriteString("users:\n")
	for user := range users {
		fmt.Fprintf(&fixture, "  - {username: user%d, password: %s}\n", user, password)
	}
	var list []target
	for name, store := range map[string]string{"dxauth-SQLite": "", "dxauth-PostgreSQL": database.NewDatabase(b)} {
		at := address(b)
		p := newProcess(b, program)
		if store == "" {
			store = "sqlite:" + filepath.Join(p.folder, "platform.db")
		}
		p.serve(b, "http://"+at+"/healthz", "serve", "--listen", at, "--log", "none", "--fixture", p.file(b, "fixture.yaml", fixture.String()),
			"--store", store, "--key-file", filepath.Join(p.folder, "key"))
		t := newTarget(name, http.MethodPost, "http://"+at+"/system/whoami", "{}")
		for user := range users {
			var signedIn struct {
				Token string `json:"access_token"`
			}
			handle := fmt.Sprintf("user%d", user)
			send(b, http.MethodPost, "http://"+at+"/system/newAuthToken", "", map[string]string{"username": handle, "password": password}, &signedIn)
			t.people = append(t.people, person{token: "Bearer " + signedIn.Token, names: []string{`"user-` + handle + `"`}})
		}
		list = append(list, t)
	}
	return list
}

// dexHash is that of password with bcrypt, at the least cost that Dex accepts.
const dexHash = "$2a$10$4EzpSaG94HYp.PI.TS.YpOC4lnb9UVMIqW1wVpvZcKV34bFyuBdnu"

// startDex starts Dex with its store in memory: that in SQLite needs C.
func startDex(b *testing.B) []target {
	b.Helper()
	at := address(b)
	var people strings.Builder
	for user := range users {
		fmt.Fprintf(&people, "  - {email: %s, username: user%d, userID: id-%d, hash: %q}\n", email(user), user, user, dexHash)
	}
	p := newProcess(b, build(b, "../../interop/dex", "github.com/dexidp/dex/cmd/dex"))
	config := p.file(b, "dex.yaml", `
issuer: http://`+at+`/dex
storage: {type: memory}
web: {http: `+at+`}
logger: {level: error}
oauth2: {skipApprovalScreen: true, passwordConnector: local}
enablePasswordDB: true
staticClients:
  - {id: bench, name: bench, secret: secret, redirectURIs: ["http://127.0.0.1/"]}
staticPasswords:
`+people.String())
	p.serve(b, "http://"+at+"/dex/healthz", "serve", config)
	t := newTarget("Dex", http.MethodGet, "http://"+at+"/dex/userinfo", "")
	for user := range users {
		form := url.Values{"grant_type": {"password"}, "username": {email(user)}, "password": {password}, "scope": {"openid email"}}
		var signedIn struct {
			Token string `json:"access_token"`
		}
		send(b, http.MethodPost, "http://"+at+"/dex/token", "Basic "+base64.StdEncoding.EncodeToString([]byte("bench:secret")), form.Encode(), &signedIn)
		t.people = append(t.people, person{token: "Bearer " + signedIn.Token, names: []string{`"` + email(user) + `"`}})
	}
	return []target{t}
}

// startPocketBase starts PocketBase, whose store is an SQLite file, without its log of
// requests.
func startPocketBase(b *testing.B) []target {
	b.Helper()
	const boss, collection = "boss@example.org", "/api/collections/users"
	at := address(b)
	server := "http://" + at
	p := newProcess(b, build(b, "../../interop/pocketbase", "."))
	folder := "--dir=" + filepath.Join(p.folder, "data")
	p.run(b, "superuser", "upsert", boss, password, folder)
	p.serve(b, server+"/api/health", "serve", "--http="+at, folder)
	var signedIn struct {
		Token  string `json:"token"`
		Record struct {
			ID string `json:"id"`
		} `json:"record"`
	}
	send(b, http.MethodPost, server+"/api/collections/_superusers/auth-with-password", "", map[string]string{"identity": boss, "password": password}, &signedIn)
	bossToken := signedIn.Token
	send(b, http.MethodPatch, server+"/api/settings", bossToken, map[string]any{"logs": map[string]any{"maxDays": 0}}, &struct{}{})
	read := newTarget("PocketBase-record", http.MethodGet, server+collection+"/records/", "")
	refresh := newTarget("PocketBase-auth-refresh", http.MethodPost, server+collection+"/auth-refresh", "")
	for user := range users {
		send(b, http.MethodPost, server+collection+"/records", bossToken,
			map[string]any{"email": email(user), "password": password, "passwordConfirm": password}, &struct{}{})
		send(b, http.MethodPost, server+collection+"/auth-with-password", "", map[string]string{"identity": email(user), "password": password}, &signedIn)
		named := person{token: signedIn.Token, names: []string{`"` + email(user) + `"`, signedIn.Record.ID}}
		refresh.people = append(refresh.people, named)
		named.path = signedIn.Record.ID
		read.people = append(read.people, named)
	}
	return []target{read, refresh}
}

// startKratos starts Kratos with PostgreSQL: its SQLite needs C.
func startKratos(b *testing.B, database *testpostgres.Server) []target {
	b.Helper()
	public, admin := address(b), address(b)
	const schema = `{"type": "object", "properties": {"traits": {"type": "object", "properties": {"email": {"type": "string", "format": "email",
		"ory.sh/kratos": {"credentials": {"password": {"identifier": true}}}}}, "required": ["email"]}}}`
	dsn, err := url.Parse(database.NewDatabase(b))
	if err != nil {
		b.Fatal(err)
	}
	p := newProcess(b, build(b, "../../interop/kratos", "."),
		"DSN="+database.TCPURL(strings.TrimPrefix(dsn.Path, "/"))+"?sslmode=disable", "SQA_OPT_OUT=true")
	host, port, _ := strings.Cut(public, ":")
	_, adminPort, _ := strings.Cut(admin, ":")
	config := p.file(b, "kratos.yaml", `
version: v1.3.1
serve:
  public: {base_url: "http://`+public+`/", host: `+host+`, port: `+port+`, request_log: {disable_for_health: true}}
  admin: {base_url: "http://`+admin+`/", host: `+host+`, port: `+adminPort+`}
selfservice:
  default_browser_return_url: http://127.0.0.1/
  methods: {password: {enabled: true, config: {haveibeenpwned_enabled: false}}}
log: {level: panic}
secrets: {cookie: [0123456789abcdef], cipher: [0123456789abcdef0123456789abcdef]}
hashers: {algorithm: bcrypt, bcrypt: {cost: 4}}
identity:
  default_schema_id: default
  schemas: [{id: default, url: "base64://`+base64.StdEncoding.EncodeToString([]byte(schema))+`"}]
courier: {smtp: {connection_uri: "smtp://127.0.0.1:1/"}}
`)
	p.run(b, "migrate", "sql", "--read-from-env", "--yes", "--config", config)
	p.serve(b, "http://"+public+"/health/ready", "serve", "--config", config)
	t := newTarget("Kratos", http.MethodGet, "http://"+public+"/sessions/whoami", "")
	t.header = "X-Session-Token"
	for user := range users {
		send(b, http.MethodPost, "http://"+admin+"/admin/identities", "", map[string]any{
			"schema_id": "default", "traits": map[string]string{"email": email(user)},
			"credentials": map[string]any{"password": map[string]any{"config": map[string]string{"password": password}}},
		}, &struct{}{})
		var flow struct {
			UI struct {
				Action string `json:"action"`
			} `json:"ui"`
		}
		send(b, http.MethodGet, "http://"+public+"/self-service/login/api", "", "", &flow)
		var signedIn struct {
			Token string `json:"session_token"`
		}
		send(b, http.MethodPost, flow.UI.Action, "", map[string]string{"method": "password", "identifier": email(user), "password": password}, &signedIn)
		t.people = append(t.people, person{token: signedIn.Token, names: []string{`"` + email(user) + `"`}})
	}
	return []target{t}
}
