package refserver

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/testprogram"
)

// signInsAtOnce is how many sign-ins begin in the same moment.
const signInsAtOnce = 500

// signInURL names the variable of the environment that makes this test program the
// client of that server.
const signInURL = "DXAUTH_BENCH_SIGN_IN_URL"

func TestMain(m *testing.M) {
	if url := os.Getenv(signInURL); url != "" {
		if err := signInAtOnce(url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// BenchmarkWhoamiDuringSignIns measures how much 500 sign-ins at once delay whoami:
// the 99th percentile of its times until the last sign-in has ended, compared with
// that of an idle server. A request starts every 5 ms, whether or not the ones before
// have ended, and its time begins when it should start. The passwords have their real
// cost, each sign-in is of another account and network, and a process of its own sends
// them.
// It also reports how much more memory the process has from the system meanwhile, at most.
// The metrics are medians over the iterations.
func BenchmarkWhoamiDuringSignIns(b *testing.B) {
	file, err := fixture.Parse([]byte(`
users: [{username: alice, password: wonderland-2026}]
tokens: [{user: alice, value: ` + benchToken + `, label: ci, expires: 1d}]
`))
	if err != nil {
		b.Fatal(err)
	}
	server, err := Open(b.Context(), Config{
		StoreFile: filepath.Join(b.TempDir(), "platform.db"), Fixture: &file,
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, // the sign-ins come from many networks
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { server.Close() })
	b.Cleanup(TuneProcess()) // as the command serve does
	url := serveForBenchmark(b, server)
	whoami := askedServer{&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}, url}

	var idle, loaded, times, more []float64
	for b.Loop() {
		pause, cancel := context.WithTimeout(b.Context(), 2*time.Second)
		calm := p99UntilDone(b, pause, whoami)
		cancel()
		debug.FreeOSMemory()
		base, signIns := memoryInUse(), startSignIns(b, url)
		most := mostMemory(signIns)
		busy := p99UntilDone(b, signIns, whoami)
		more = append(more, float64(<-most-base)/(1<<20))
		idle, loaded, times = append(idle, calm), append(loaded, busy), append(times, busy/calm)
	}
	b.ReportMetric(median(idle), "idle-p99-ms")
	b.ReportMetric(median(loaded), "loaded-p99-ms")
	b.ReportMetric(median(times), "times")
	b.ReportMetric(median(more), "MiB-more")
}

// memoryInUse returns how many bytes the Go runtime has from the system.
func memoryInUse() int {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return int(samples[0].Value.Uint64() - samples[1].Value.Uint64())
}

// mostMemory returns a channel that gets the most memory that was in use until ctx is done.
func mostMemory(ctx context.Context) <-chan int {
	most := make(chan int, 1)
	go func() {
		ticker := time.NewTicker(5 * time.Millisecond)
		defer ticker.Stop()
		seen := 0
		for {
			select {
			case <-ticker.C:
				seen = max(seen, memoryInUse())
			case <-ctx.Done():
				most <- seen
				return
			}
		}
	}()
	return most
}

// serveForBenchmark serves until the end of the benchmark, and returns the URL.
func serveForBenchmark(b *testing.B, server *Server) string {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	served := make(chan error)
	serving, stop := context.WithCancel(b.Context())
	go func() { served <- server.Serve(serving, listener) }()
	b.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			b.Error(err)
		}
	})
	return "http://" + listener.Addr().String()
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

// p99UntilDone returns the 99th percentile, in milliseconds, of the times of whoami
// until ctx is done.
func p99UntilDone(b *testing.B, ctx context.Context, server askedServer) float64 {
	var mutex sync.Mutex
	var times []time.Duration
	var asked sync.WaitGroup
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case start := <-ticker.C:
			asked.Go(func() {
				askWhoAmI(b, server.client, server.url)
				mutex.Lock()
				defer mutex.Unlock()
				times = append(times, time.Since(start))
			})
			continue
		case <-ctx.Done():
		}
		asked.Wait()
		slices.Sort(times)
		return float64(times[len(times)*99/100].Microseconds()) / 1000
	}
}

// disturbers is how many connections disturb whoami: as many requests of an account are in
// progress at the same time.
const disturbers = 2

// whoamiDuring reports the 99th percentile of whoami while connections act for two seconds, in
// times of that of an idle server before, and how long one act takes. An act goes on until
// ctx is done, and returns how often it did something.
func whoamiDuring(b *testing.B, whoami askedServer, what string, act func(ctx context.Context, connection int) int) {
	var idle, loaded, times, took []float64
	for b.Loop() {
		pause, cancel := context.WithTimeout(b.Context(), time.Second)
		calm := p99UntilDone(b, pause, whoami)
		cancel()
		acting, stop := context.WithTimeout(b.Context(), 2*time.Second)
		begin, acts := time.Now(), atomic.Int64{}
		var acted sync.WaitGroup
		for connection := range disturbers {
			acted.Go(func() { acts.Add(int64(act(acting, connection))) })
		}
		busy := p99UntilDone(b, acting, whoami)
		acted.Wait()
		took = append(took, disturbers*float64(time.Since(begin).Milliseconds())/float64(max(1, acts.Load())))
		stop()
		idle, loaded, times = append(idle, calm), append(loaded, busy), append(times, busy/calm)
	}
	b.ReportMetric(median(idle), "idle-p99-ms")
	b.ReportMetric(median(loaded), "loaded-p99-ms")
	b.ReportMetric(median(times), "times")
	b.ReportMetric(median(took), "ms/"+what)
}

// startSignIns makes a process send sign-ins, and returns a context that is done when
// all have ended. It returns when the first one is about to start.
func startSignIns(b *testing.B, url string) context.Context {
	bounded, stop := context.WithTimeout(b.Context(), time.Minute)
	command := exec.CommandContext(bounded, os.Args[0])
	command.Env = append(os.Environ(), signInURL+"="+url)
	command.Stderr = os.Stderr
	stdout, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	wait, err := testprogram.Start(command)
	if err != nil {
		b.Fatal(err)
	}
	started := bufio.NewReader(stdout)
	if _, err := started.ReadString('\n'); err != nil {
		b.Fatal(err)
	}
	var signIns sync.WaitGroup
	signIns.Go(func() {
		defer stop()
		if err := wait(); err != nil {
			b.Errorf("the process that signs in: %v", err)
		}
	})
	b.Cleanup(signIns.Wait)
	return bounded
}

// signInAtOnce sends sign-ins with a wrong password. It prints a line before.
func signInAtOnce(url string) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: signInsAtOnce}}
	failures := make([]error, signInsAtOnce)
	begin := make(chan struct{})
	var signIns sync.WaitGroup
	for i := range failures {
		signIns.Go(func() {
			<-begin
			failures[i] = signInWrongly(client, url, i)
		})
	}
	fmt.Println("begin")
	close(begin)
	signIns.Wait()
	for _, err := range failures {
		if err != nil {
			return err
		}
	}
	return nil
}

// signInWrongly sends the n-th sign-in. It returns an error unless that is refused as
// wrong or as one too many at once.
func signInWrongly(client *http.Client, url string, n int) error {
	body := fmt.Sprintf(`{"username": "user%d_%d", "password": "wrong-2026"}`, os.Getpid(), n)
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url+"/system/newAuthToken", strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", os.Getpid()%256, n/256, n%256))
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusUnauthorized && response.StatusCode != http.StatusServiceUnavailable {
		text, _ := io.ReadAll(response.Body)
		return fmt.Errorf("%s: %s", response.Status, text)
	}
	return nil
}
