//go:build unix && failover

package soak

import (
	"cmp"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testpostgres"
	"github.com/dxauth/dxauth/internal/testprogram"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// platform is two servers on a database with a synchronous standby, and those who work
// with them.
type platform struct {
	t                *testing.T
	primary, standby *testpostgres.Server
	servers          [2]*server
	crews            [2]crew
	bob              *visitor
}

const database = "dxauth"

// newPlatform starts two servers. Each crew works with one of them, bob with the first.
func newPlatform(t *testing.T) *platform {
	t.Helper()
	p := &platform{t: t, bob: newVisitor(t)}
	p.primary, p.standby = testpostgres.StartPair(t)
	p.primary.Exec(t, "CREATE DATABASE "+database)
	store := fmt.Sprintf("postgres://dxauth@%s,%s/%s", p.primary.HostPort(), p.standby.HostPort(), database)
	key := filepath.Join(t.TempDir(), "dxauth.key")
	const recoveryCodes = 50
	for i, fixture := range [2][]string{{"--fixture", worldFile(t, recoveryCodes)}, nil} {
		p.servers[i] = startServer(t, serveStore(t, append(fixture, "--store", store, "--key-file", key)...))
		p.crews[i] = newWorkers(i * workers)
		p.crews[i].moveTo(p.servers[i], i*workers)
	}
	p.bob.client = p.servers[0].client("")
	return p
}

// work runs f while the crews work, whatever is lost or not available meanwhile.
func (p *platform) work(f func()) {
	p.t.Helper()
	stopOne, stopOther := p.crews[0].begin(p.t), p.crews[1].begin(p.t)
	f()
	stopOne()
	stopOther()
}

// awaitProgress waits until each crew has made more changes.
func (p *platform) awaitProgress(more int64) {
	p.t.Helper()
	for _, c := range p.crews {
		c.awaitProgress(p.t, more)
	}
}

func (p *platform) await(what string, done func() bool) {
	p.t.Helper()
	await(p.t, what, done)
}

// signIn makes bob sign in once, and remembers whether the code may be spent.
func (p *platform) signIn() {
	p.t.Helper()
	if err := p.bob.step(p.t.Context()); err != nil && !isLost(err) && !isUnavailable(err) {
		p.t.Error(err)
	}
}

// raceForACode sends one code to both servers at once: at most one takes it.
func (p *platform) raceForACode() {
	raced := p.bob.next(time.Now())
	results := make(chan error, len(p.servers))
	for _, s := range p.servers {
		go func() {
			racer := &visitor{client: s.client("")}
			results <- racer.signIn(p.t.Context(), &code{value: raced.value})
		}()
	}
	wins := 0
	for range p.servers {
		err := <-results
		if err == nil {
			wins++
		}
		if !dnanexus.IsType(err, dnanexus.TypeOTPMismatch) && !isUnavailable(err) && wins == 0 {
			raced.spent.change(true, err)
		}
	}
	if wins > 0 {
		raced.spent = factOf(true)
	}
	if wins > 1 {
		p.t.Error("both servers took the same code")
	}
	p.bob.tried = append(p.bob.tried, raced)
}

// verify compares everything with what each crew knows, asking the server that it did not
// work with, and counts the rows of the audit log.
func (p *platform) verify(now *testpostgres.Server) {
	p.t.Helper()
	p.await("the end of commits that wait", func() bool {
		return testpostgres.Value(p.t, now.URL(database), "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") == "0"
	})
	for i, c := range p.crews {
		c.moveTo(p.servers[1-i], i*workers)
		c.verifyAll(p.t)
	}
	p.bob.client = p.servers[1].client("")
	must(p.t, p.bob.verify(p.t.Context()))
	both := append(p.crews[0], p.crews[1]...)
	verifyAuditRows(p.t, both, func(action string) int {
		rows, err := strconv.Atoi(testpostgres.Value(p.t, now.URL(database), "SELECT count(*) FROM audit WHERE action = '"+action+"'"))
		must(p.t, err)
		return rows
	})
	p.t.Logf("%d changes acknowledged, %d lost, %d sign-ins", both.changes(), both.lostChanges(), p.bob.acked)
}

// The machine of the primary is lost while everybody works, and the standby is promoted:
// the servers use it without being told, and nothing that was acknowledged is lost.
func TestTheStandbyTakesOver(t *testing.T) {
	for range failovers(t) {
		t.Run("", takeOver)
	}
}

// failovers is how often a standby takes over.
func failovers(t *testing.T) int {
	n, err := strconv.Atoi(cmp.Or(os.Getenv("SOAK_FAILOVERS"), "1"))
	if err != nil || n < 1 {
		t.Fatalf("SOAK_FAILOVERS=%s: must be a number from 1 on", os.Getenv("SOAK_FAILOVERS"))
	}
	return n
}

func takeOver(t *testing.T) {
	p := newPlatform(t)
	p.work(func() {
		p.awaitProgress(10)
		p.signIn()
		var race sync.WaitGroup
		race.Go(p.raceForACode)
		t.Cleanup(race.Wait)
		p.primary.Kill(t)
		p.standby.Promote(t)
		p.awaitProgress(10)
		race.Wait()
		p.signIn()
	})
	p.verify(p.standby)
}

// The new primary waits for a standby that is not there. What is asked of it meanwhile
// may have happened, or happens later, and the clients learn so.
func TestNoStandbyAfterThePromotion(t *testing.T) {
	p := newPlatform(t)
	p.work(func() {
		p.awaitProgress(5)
		p.standby.Exec(t, "ALTER SYSTEM SET synchronous_standby_names = 'gone'", "SELECT pg_reload_conf()")
		p.primary.Kill(t)
		p.standby.Promote(t)
		p.awaitUnknown(p.standby)
		p.standby.WaitForStandby(t, "")
		p.awaitProgress(5)
	})
	p.verify(p.standby)
}

// The standby is lost: the primary acknowledges nothing until its administrator does without.
func TestADeadStandby(t *testing.T) {
	p := newPlatform(t)
	p.work(func() {
		p.awaitProgress(5)
		p.signIn()
		p.standby.Kill(t)
		p.awaitUnknown(p.primary)
		p.primary.WaitForStandby(t, "")
		p.awaitProgress(5)
	})
	p.verify(p.primary)
}

// awaitUnknown waits until commits wait for a standby for longer than the servers do.
func (p *platform) awaitUnknown(now *testpostgres.Server) {
	p.t.Helper()
	const longest = `SELECT coalesce(extract(epoch FROM max(clock_timestamp() - query_start)), 0) > 6
		FROM pg_stat_activity WHERE wait_event = 'SyncRep'`
	p.await("commits that wait for a standby", func() bool { return testpostgres.Value(p.t, now.URL("postgres"), longest) == "true" })
}

// Behind nginx, nobody notices for long that one of two servers is gone.
func TestAServerBehindNginxIsLost(t *testing.T) {
	p := newPlatform(t)
	proxy := &server{t: t, url: startProxy(t, p.servers[0].url, p.servers[1].url)}
	for i, c := range p.crews {
		c.moveTo(proxy, i*workers)
	}
	p.bob.client = proxy.client("")
	p.work(func() {
		p.awaitProgress(5)
		p.servers[0].kill()
		p.awaitProgress(5)
		p.signIn()
	})
	p.servers[0] = p.servers[1]
	p.verify(p.primary)
}

// startProxy starts nginx in front of two servers, as docs/shared-server.md does, but
// without TLS. It returns its URL.
func startProxy(t *testing.T, one, two string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := listener.Addr().String()
	must(t, listener.Close())
	dir := t.TempDir()
	config := filepath.Join(dir, "nginx.conf")
	must(t, os.WriteFile(config, fmt.Appendf(nil, `daemon off;
pid %[1]s/pid;
events {}
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	upstream dxauth {
		server %[2]s max_fails=1 fail_timeout=5s;
		server %[3]s max_fails=1 fail_timeout=5s;
	}
	server {
		listen %[4]s;
		location / {
			proxy_pass http://dxauth;
			proxy_set_header Host $http_host;
			proxy_next_upstream error timeout;
			proxy_connect_timeout 2s;
		}
	}
}
`, dir, strings.TrimPrefix(one, "http://"), strings.TrimPrefix(two, "http://"), address), 0o600))
	cmd := exec.Command("nginx", "-c", config, "-p", dir, "-e", filepath.Join(dir, "error.log"))
	wait, err := testprogram.Start(cmd)
	must(t, err)
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = wait()
	})
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			must(t, conn.Close())
			return "http://" + address
		}
		if time.Now().After(deadline) {
			t.Fatalf("nginx does not listen: %v", err)
		}
	}
}

// The database is recovered to a time before a token was revoked. Servers that run end,
// and start again only when told what happens to API tokens; it has to be said once.
func TestTheDatabaseGoesBack(t *testing.T) {
	database := testpostgres.Start(t)
	database.Exec(t, "CREATE DATABASE dxauth")
	folder := t.TempDir()
	flags := func(name string) []string {
		return []string{"--store", database.URL("dxauth"), "--key-file", filepath.Join(folder, name, "dxauth.key")}
	}
	must(t, os.Mkdir(filepath.Join(folder, "one"), 0o700))
	must(t, os.Mkdir(filepath.Join(folder, "two"), 0o700))
	one := startServer(t, serveStore(t, append(flags("one"), "--fixture", worldFile(t, 1))...))
	key, err := os.ReadFile(filepath.Join(folder, "one", "dxauth.key"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(folder, "two", "dxauth.key"), key, 0o600))
	two := startServer(t, serveStore(t, flags("two")...))

	made, err := one.client(workerToken(0)).NewAuthToken(t.Context(), dnanexus.NewAuthTokenRequest{Label: "soak"})
	must(t, err)
	database.Save(t)
	seen := func() string {
		content, err := os.ReadFile(filepath.Join(folder, "one", "dxauth.key.seen"))
		must(t, err)
		return string(content)
	}
	before := seen()
	must(t, one.client(workerToken(0)).DestroyAuthToken(t.Context(), made.TokenSignature))
	revoked := tokenOf(made)
	revoked.alive = factOf(false)
	must(t, revoked.verify(t.Context(), two.client("")))
	two.stop() // and remembers, as the other one does every 10 s
	for deadline := time.Now().Add(patience); seen() == before; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a server that runs remembers nothing new")
		}
	}
	database.GoBack(t)
	select {
	case <-one.ended:
	case <-time.After(patience):
		t.Fatalf("a server runs on a database that went back:\n%s", one.stderr)
	}
	if !strings.Contains(one.stderr.String(), "the store went back to an earlier time") {
		t.Errorf("the server ends with\n%s", one.stderr)
	}
	for _, name := range []string{"one", "two"} {
		if code, said := runProgram(t, serveStore(t, flags(name)...)); code != 2 || !containsAll(said, "is at an earlier time", "--restore-tokens=false") {
			t.Errorf("server %s: exit code %d, %s", name, code, said)
		}
	}
	one = startServer(t, serveStore(t, append(flags("one"), "--restore-tokens=false")...))
	two = startServer(t, serveStore(t, flags("two")...))
	for _, s := range []*server{one, two} {
		must(t, revoked.verify(t.Context(), s.client("")))
	}
}
