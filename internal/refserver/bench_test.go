package refserver

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // of the bare handler

	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/identity"
)

const benchToken = "0123456789abcdefghijABCDEFGHIJ01"

// BenchmarkWhoami compares a whoami request with the least that it can cost: a bare
// handler that hashes a token and reads its row from a SQLite file with a prepared
// statement. Requests go over the loopback, one after another and concurrently.
func BenchmarkWhoami(b *testing.B) {
	file, err := fixture.Parse([]byte(`
users: [{username: alice, password: wonderland-2026}]
orgs: [{handle: lab, name: Lab, admins: [alice], policies: {autoLogoutAfter: 10m}}]
tokens: [{user: alice, value: ` + benchToken + `, label: ci, expires: 1d}]
`))
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "platform.db")
	server, err := Open(b.Context(), Config{
		StoreFile: path, Fixture: &file, HashParams: identity.HashParams{MemoryKiB: 8, Time: 1, Threads: 1},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := server.Close(); err != nil {
			b.Error(err)
		}
	})
	for name, handler := range map[string]http.Handler{"bare": bareHandler(b, path), "whoami": server.Handler()} {
		listening := httptest.NewServer(handler)
		b.Cleanup(listening.Close)
		client := listening.Client()
		client.Transport.(*http.Transport).MaxIdleConnsPerHost = 64
		b.Run(name+"/one", func(b *testing.B) {
			for b.Loop() {
				askWhoAmI(b, client, listening.URL)
			}
		})
		b.Run(name+"/many", func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					askWhoAmI(b, client, listening.URL)
				}
			})
		})
	}
}

func askWhoAmI(b *testing.B, client *http.Client, url string) {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url+"/system/whoami", strings.NewReader("{}"))
	if err != nil {
		b.Error(err)
		return
	}
	request.Header.Set("Authorization", "Bearer "+benchToken)
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		b.Error(err)
		return
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(body), "user-alice") {
		b.Errorf("got %s %s, %v", response.Status, body, err)
	}
}

// bareHandler returns a handler that responds with the user of a token.
func bareHandler(b *testing.B, path string) http.Handler {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=query_only(1)")
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxIdleConns(4)
	db.SetMaxOpenConns(4)
	query, err := db.PrepareContext(b.Context(), `SELECT signature, kind, user_id, label, scope, created, expires, last_used, ended
		FROM tokens WHERE signature = ?`)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.Sum256([]byte(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")))
		var signature, kind, user, label, scope string
		var created, expires int64
		var used, ended sql.NullInt64
		row := query.QueryRowContext(r.Context(), hex.EncodeToString(sum[:]))
		if err := row.Scan(&signature, &kind, &user, &label, &scope, &created, &expires, &used, &ended); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		var in struct{}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"id": user})
	})
}
