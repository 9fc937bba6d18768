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
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite" // of the bare handler

	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
)

const benchToken = "0123456789abcdefghijABCDEFGHIJ01"

// BenchmarkWhoami compares a request for whoami with what it can't cost less
// than: a bare handler that hashes a token and reads its row from a file with
// the same engine, by a statement that is prepared. Requests come over the
// loopback, from one client and from 16 at once.
func BenchmarkWhoami(b *testing.B) {
	path := filepath.Join(b.TempDir(), "platform.db")
	whoami := serveForBench(b, openForBench(b, Config{StoreFile: path}).Handler())
	compareWhoami(b, serveForBench(b, bareHandler(b, fileRow(b, path))), whoami)
}

// openForBench opens a server with a user who has a token.
func openForBench(b *testing.B, c Config) *Server {
	b.Helper()
	file, err := fixture.Parse([]byte(`
users: [{username: alice, password: wonderland-2026}]
orgs: [{handle: lab, name: Lab, admins: [alice], policies: {autoLogoutAfter: 10m}}]
tokens: [{user: alice, value: ` + benchToken + `, label: ci, expires: 1d}]
`))
	if err != nil {
		b.Fatal(err)
	}
	c.Fixture, c.HashParams = &file, passwordhash.Cheapest()
	server, err := Open(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := server.Close(); err != nil {
			b.Error(err)
		}
	})
	return server
}

func compareWhoami(b *testing.B, bare, whoami askedServer) {
	b.Cleanup(TuneProcess()) // as the command serve does
	for name, at := range map[string]int{"one": 1, "many": 16} {
		b.Run(name, func(b *testing.B) { compareInTurns(b, at, bare, whoami) })
	}
}

// An askedServer is asked who its caller is.
type askedServer struct {
	client *http.Client
	url    string
}

func serveForBench(b *testing.B, handler http.Handler) askedServer {
	listening := httptest.NewServer(handler)
	b.Cleanup(listening.Close)
	client := listening.Client()
	client.Transport.(*http.Transport).MaxIdleConnsPerHost = 64
	return askedServer{client, listening.URL}
}

// compareInTurns lets a number of clients at once ask both servers in turns, so
// that what else the machine does slows both, and reports the median share of
// the bare handler's speed that the server reaches.
func compareInTurns(b *testing.B, clients int, bare, server askedServer) {
	const requests = 400
	var shares []float64
	for b.Loop() {
		least := askMany(b, bare, clients, requests)
		took := askMany(b, server, clients, requests)
		shares = append(shares, least.Seconds()/took.Seconds())
	}
	slices.Sort(shares)
	b.ReportMetric(shares[len(shares)/2], "of-bare")
}

func askMany(b *testing.B, server askedServer, clients, requests int) time.Duration {
	begin := time.Now()
	var done sync.WaitGroup
	for range clients {
		done.Go(func() {
			for range requests / clients {
				askWhoAmI(b, server.client, server.url)
			}
		})
	}
	done.Wait()
	return time.Since(begin)
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

// rowReader reads the columns of bareColumns of the token with a signature.
type rowReader func(ctx context.Context, signature string, into ...any) error

const bareColumns = `signature, kind, user_id, label, scope, created, expires, last_used, ended`

func fileRow(b *testing.B, path string) rowReader {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=query_only(1)")
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxIdleConns(4)
	db.SetMaxOpenConns(4)
	query, err := db.PrepareContext(b.Context(), `SELECT `+bareColumns+` FROM tokens WHERE signature = ?`)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	return func(ctx context.Context, signature string, into ...any) error {
		return query.QueryRowContext(ctx, signature).Scan(into...)
	}
}

// bareHandler returns the owner of a token.
func bareHandler(b *testing.B, read rowReader) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.Sum256([]byte(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")))
		var signature, kind, user, label, scope string
		var created, expires int64
		var used, ended sql.NullInt64
		err := read(r.Context(), hex.EncodeToString(sum[:]), &signature, &kind, &user, &label, &scope, &created, &expires, &used, &ended)
		if err != nil {
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
