package refserver

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/identity"
)

// BenchmarkWhoamiDuringSignIns measures how much 500 sign-ins at once delay whoami:
// the 99th percentile of its times, compared with that of an idle server. The
// passwords have their real cost, and each sign-in is of another account.
func BenchmarkWhoamiDuringSignIns(b *testing.B) {
	file, err := fixture.Parse([]byte(`
users: [{username: alice, password: wonderland-2026}]
tokens: [{user: alice, value: ` + benchToken + `, label: ci, expires: 1d}]
`))
	if err != nil {
		b.Fatal(err)
	}
	server, err := Open(b.Context(), Config{StoreFile: filepath.Join(b.TempDir(), "platform.db"), Fixture: &file})
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + identity.DefaultHashParams().Slots()) // as the command serve does
	listening := httptest.NewServer(server.Handler())
	defer listening.Close()
	client := listening.Client()
	client.Transport.(*http.Transport).MaxIdleConnsPerHost = 600
	timeWhoami := func(until func(n int) bool) time.Duration {
		var times []time.Duration
		for n := 0; !until(n); n++ {
			start := time.Now()
			askWhoAmI(b, client, listening.URL)
			times = append(times, time.Since(start))
			time.Sleep(time.Millisecond)
		}
		slices.Sort(times)
		return times[len(times)*99/100]
	}
	var idle, loaded time.Duration
	for b.Loop() {
		idle += timeWhoami(func(n int) bool { return n == 1000 })
		done := make(chan struct{})
		go func() {
			defer close(done)
			signInAtOnce(b, client, listening.URL, 500)
		}()
		loaded += timeWhoami(func(int) bool {
			select {
			case <-done:
				return true
			default:
				return false
			}
		})
	}
	b.ReportMetric(float64(idle.Microseconds())/1000/float64(b.N), "idle-p99-ms")
	b.ReportMetric(float64(loaded.Microseconds())/1000/float64(b.N), "loaded-p99-ms")
	b.ReportMetric(float64(loaded)/float64(idle), "times")
}

// signInAtOnce keeps n sign-ins with a wrong password in progress for a while.
func signInAtOnce(b *testing.B, client *http.Client, url string, n int) {
	var signIns sync.WaitGroup
	deadline := time.Now().Add(4 * time.Second)
	for i := range n {
		signIns.Go(func() {
			for round := 0; time.Now().Before(deadline); round++ {
				body := fmt.Sprintf(`{"username": "user%d-%d", "password": "wrong-2026"}`, i, round)
				response, err := client.Post(url+"/system/newAuthToken", "application/json", strings.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, response.Body)
				response.Body.Close()
				if response.StatusCode == http.StatusServiceUnavailable {
					time.Sleep(2*time.Second + rand.N(2*time.Second)) // at least what Retry-After says
				}
			}
		})
	}
	signIns.Wait()
}
