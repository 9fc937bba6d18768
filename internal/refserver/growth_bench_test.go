package refserver

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/teststore"
)

// growthSizes are numbers of tokens and of rows of the audit log; a store has as many users
// and projects, up to growthMost.
func growthSizes() []int { return []int{100, 1_000, 10_000, 100_000, 1_000_000} }

const growthMost = 100_000

// Each store is asked growthTurns times for one figure, or less often, but not less than
// fewestTurns, if the turns of a request take longer than growthTime.
const (
	growthTurns = 25
	fewestTurns = 3
	growthTime  = 5 * time.Second
)

// BenchmarkGrowth compares the time of requests among stores of growing size, in turns, so
// that what else the machine does slows all: the median in milliseconds, in times of that
// of the smallest store, and the most by which ten times the rows multiply it. All tokens
// and projects are of mallory, who has far more than the quota, but for a hundred tokens of carol.
// It opens stores in files, or in PostgreSQL if tests have a store there.
func BenchmarkGrowth(b *testing.B) {
	engine := "sqlite"
	if os.Getenv(teststore.Variable) == "postgres" {
		engine = "postgres"
	}
	var stores []grownStore
	for _, size := range growthSizes() {
		stores = append(stores, grow(b, engine, size))
	}
	report(b, engine+"/memory", stores, func(s grownStore) float64 { return float64(s.memory) / (1 << 20) }, "MiB")
	report(b, engine+"/disk", stores, func(s grownStore) float64 { return float64(s.disk) / (1 << 20) }, "MiB")
	report(b, engine+"/open", stores, func(s grownStore) float64 { return s.opening }, "ms")
	for _, request := range grownRequests() {
		medians := compareSizes(b, stores, request)
		report(b, engine+"/"+request.name, stores, func(s grownStore) float64 { return medians[s.size] }, "ms")
	}
}

// report reports a figure of each store, and how it grows.
func report(b *testing.B, name string, stores []grownStore, of func(grownStore) float64, unit string) {
	smallest, before, decade := of(stores[0]), 0.0, 0.0
	for i, s := range stores {
		value := of(s)
		if i > 0 {
			decade = max(decade, value/before)
		}
		before = value
		b.Run(fmt.Sprintf("%s/%d", name, s.size), func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(value, unit)
				b.ReportMetric(value/smallest, "times-smallest")
			}
		})
	}
	b.Run(name+"/decade", func(b *testing.B) {
		for b.Loop() {
			b.ReportMetric(decade, "times-decade")
		}
	})
}

// compareSizes returns the median time of a request in milliseconds for each size. Each turn
// begins with another store.
func compareSizes(b *testing.B, stores []grownStore, request grownRequest) map[int]float64 {
	b.Helper()
	times, begin := map[int][]float64{}, time.Now()
	for turn := range growthTurns + 2 {
		if turn >= fewestTurns+2 && time.Since(begin) > growthTime {
			break
		}
		for i := range stores {
			s := stores[(turn+i)%len(stores)]
			took := request.time(b, s)
			if turn >= 2 { // statements and pages of the cache are there
				times[s.size] = append(times[s.size], took.Seconds()*1000)
			}
		}
	}
	medians := map[int]float64{}
	for size, list := range times {
		medians[size] = median(list)
	}
	return medians
}

// carolToken is a token of carol.
const carolToken = "3123456789abcdefghijABCDEFGHIJ01"

// grownRequest is what is asked of each store. The fields may contain SIZE and the like,
// see grownStore.fill.
type grownRequest struct {
	name, method, path, body, token string
	isSweep                         bool // in place of a request
	mayBeRefused                    bool // as too much: the protocol has no pages
}

func grownRequests() []grownRequest {
	const page = `{"limit": 10}`
	return []grownRequest{
		{name: "whoami", method: "POST", path: "/system/whoami", body: "{}", token: benchToken},
		{name: "whoami-among-many", method: "POST", path: "/system/whoami", body: "{}", token: malloryToken},
		{name: "projects", method: "POST", path: "/system/findProjects", body: page, token: malloryToken},
		{name: "projects-last", method: "POST", path: "/system/findProjects", body: `{"limit": 10, "starting": {"after": LAST_PROJECT}}`, token: malloryToken},
		{name: "projects-that-none-is", method: "POST", path: "/system/findProjects", body: `{"limit": 10, "level": "ADMINISTER"}`, token: malloryToken},
		{name: "tokens", method: "POST", path: "/account/findAccessTokens", body: page, token: malloryToken},
		{name: "tokens-last", method: "POST", path: "/account/findAccessTokens", body: `{"limit": 10, "starting": {"expires": LAST_EXPIRY, "signature": "` + strings.Repeat("f", 64) + `"}}`, token: malloryToken},
		{name: "token-by-name", method: "POST", path: "/account/findAccessTokens", body: `{"name": "grown 50"}`, token: malloryToken},
		{name: "all-tokens", method: "POST", path: "/account/listAuthTokens", body: `{}`, token: malloryToken},
		{name: "MOLGENIS-tokens", method: "GET", path: "/api/v2/sys_sec_Token?num=10", token: carolToken},
		{name: "MOLGENIS-tokens-last", method: "GET", path: "/api/v2/sys_sec_Token?num=10&start=90", token: carolToken},
		{name: "MOLGENIS-of-all", method: "GET", path: "/api/v2/sys_sec_Token?num=10", token: malloryToken},
		{name: "MOLGENIS-of-all-last", method: "GET", path: "/api/v2/sys_sec_Token?num=10&start=LAST_TOKEN", token: malloryToken},
		{name: "EMX2-whoami", method: "POST", path: "/api/graphql", body: `{"query": "{_session{email}}"}`, token: malloryToken},
		{name: "EMX2-tokens", method: "POST", path: "/api/graphql", body: `{"query": "{_session{settings{key value}}}"}`, token: carolToken},
		{name: "EMX2-of-all", method: "POST", path: "/api/graphql", body: `{"query": "{_session{settings{key value}}}"}`, token: malloryToken, mayBeRefused: true},
		{name: "users", method: "POST", path: "/admin/findUsers", body: page, token: rootToken},
		{name: "users-last", method: "POST", path: "/admin/findUsers", body: `{"limit": 10, "starting": {"id": "user-gLAST_USER"}}`, token: rootToken},
		{name: "audit", method: "GET", path: "/console/admin/audit"},
		{name: "audit-last", method: "GET", path: "/console/admin/audit?before=40"},
		{name: "sign-in", method: "POST", path: "/system/newAuthToken", body: `{"username": "alice", "password": "wonderland-2026"}`},
		{name: "new-token", method: "POST", path: "/system/newAuthToken", body: `{"label": "bench"}`, token: benchToken},
		{name: "sweep", isSweep: true},
	}
}

// time sends the request, which must succeed, without a connection.
func (r grownRequest) time(b *testing.B, s grownStore) time.Duration {
	b.Helper()
	if r.isSweep {
		begin := time.Now()
		if err := s.server.sweepOnce(b.Context()); err != nil {
			b.Fatal(err)
		}
		return time.Since(begin)
	}
	request := httptest.NewRequestWithContext(b.Context(), r.method, s.fill(r.path), strings.NewReader(s.fill(r.body)))
	request.Host, request.RemoteAddr = "localhost", "127.0.0.1:50000"
	if r.method == http.MethodPost {
		request.Header.Set("Content-Type", "application/json")
	}
	if r.token != "" {
		request.Header.Set("Authorization", "Bearer "+r.token)
		request.Header.Set("X-Molgenis-Token", r.token)
	}
	if strings.HasPrefix(r.path, "/console/") {
		for _, cookie := range s.cookies {
			request.AddCookie(cookie)
		}
	}
	recorder := httptest.NewRecorder()
	begin := time.Now()
	s.server.Handler().ServeHTTP(recorder, request)
	took := time.Since(begin)
	if isTooMuch := r.mayBeRefused && recorder.Code == http.StatusBadRequest; recorder.Code != http.StatusOK && !isTooMuch {
		b.Fatalf("%s of %d: %d %.300s", r.name, s.size, recorder.Code, recorder.Body)
	}
	return took
}

// grownStore is a server with a store of some size.
type grownStore struct {
	size    int
	server  *Server
	cookies []*http.Cookie // of root, for pages
	expiry  int64          // of the first token
	opening float64        // milliseconds
	memory  int            // bytes that the process has more than before, after requests
	disk    int64
}

// fill puts into a request where the last page of a list begins.
func (s grownStore) fill(text string) string {
	rows := min(s.size, growthMost)
	return strings.NewReplacer(
		"LAST_PROJECT", strconv.Itoa(rows-10), "LAST_USER", fmt.Sprintf("%07d", rows-10), "LAST_TOKEN", strconv.Itoa(s.size-10),
		"LAST_EXPIRY", strconv.FormatInt(s.expiry+int64(s.size-10)*1000, 10),
	).Replace(text)
}

// grow makes a store of a size, and opens a server on it.
func grow(b *testing.B, engine string, size int) grownStore {
	b.Helper()
	var config func() Config
	var disk func() int64
	if engine == "postgres" {
		address := teststore.NewDatabase(b)
		config = func() Config {
			db, err := teststore.OpenAddress(b.Context(), address)
			if err != nil {
				b.Fatal(err)
			}
			return Config{Database: db}
		}
		disk = func() int64 { return databaseSize(b, address) }
	} else {
		file := filepath.Join(b.TempDir(), "platform.db")
		config = func() Config { return Config{StoreFile: file} }
		disk = func() int64 { return fileSize(b, file) }
	}
	file, err := fixture.Parse([]byte(`
users: [{username: alice, password: wonderland-2026}, {username: mallory, password: wonderland-2026}, {username: carol, password: wonderland-2026}, {username: root, password: wonderland-2026, superuser: true}]
tokens:
  - {user: alice, value: ` + benchToken + `, label: ci, expires: 1d}
  - {user: carol, value: ` + carolToken + `, label: ci, expires: 1d}
  - {user: mallory, value: ` + malloryToken + `, label: ci, expires: 1d}
  - {user: root, value: ` + rootToken + `, label: ci, expires: 1d}
projects: [{name: Exome, createdBy: mallory, permissions: {mallory: CONTRIBUTE}}]
`))
	if err != nil {
		b.Fatal(err)
	}
	first := config()
	first.Fixture, first.HashParams = &file, passwordhash.Cheapest()
	s := grownStore{size: size, server: openServer(b, first)}
	signInToPages(b, s.server) // makes a row of the audit log
	multiplyRows(b, s.server, size)
	s.expiry = firstExpiry(b, s.server)
	if err := s.server.Close(); err != nil {
		b.Fatal(err)
	}
	s.disk = disk()

	again := func() *Server {
		c := config()
		c.HashParams, c.IdleTimeout = passwordhash.Cheapest(), 12*time.Hour // a busy machine may take more than minutes
		return openServer(b, c)
	}
	s.opening = medianOpening(b, again)
	before := residentMemory(b)
	s.server = again()
	b.Cleanup(func() {
		if err := s.server.Close(); err != nil {
			b.Error(err)
		}
	})
	s.cookies = signInToPages(b, s.server)
	for _, request := range grownRequests() {
		request.time(b, s)
	}
	s.memory = max(1, residentMemory(b)-before)
	return s
}

// medianOpening opens a server several times, and returns how long it took in milliseconds.
func medianOpening(b *testing.B, open func() *Server) float64 {
	b.Helper()
	var times []float64
	for range 5 {
		begin := time.Now()
		server := open()
		times = append(times, time.Since(begin).Seconds()*1000)
		if err := server.Close(); err != nil {
			b.Fatal(err)
		}
	}
	return median(times)
}

func openServer(b *testing.B, c Config) *Server {
	b.Helper()
	server, err := Open(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	return server
}

// signInToPages signs root in to the console.
func signInToPages(b *testing.B, server *Server) []*http.Cookie {
	b.Helper()
	form := url.Values{"username": {"root"}, "password": {"wonderland-2026"}}
	request := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/console/sign-in", strings.NewReader(form.Encode()))
	request.Host, request.RemoteAddr = "localhost", "127.0.0.1:50000"
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	recorder := httptest.NewRecorder()
	server.Handler().ServeHTTP(recorder, request)
	cookies := recorder.Result().Cookies()
	if !slices.ContainsFunc(cookies, func(c *http.Cookie) bool { return c.Name == "dxauth" }) {
		b.Fatalf("root cannot sign in: %d %.300s", recorder.Code, recorder.Body)
	}
	return cookies
}
