package dnanexus_test

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/pkg/secret"
)

// submissions is how many clients send the same code at the same time.
const submissions = 200

// places is the number of their networks. Sign-ins from one network run one after
// another, so a race needs several.
const places = 8

// winnerRounds is how often the test repeats the race; "make races" does it fifty times.
func winnerRounds(t *testing.T) int {
	t.Helper()
	const usual = 1
	setting := os.Getenv("WINNER_ROUNDS")
	if setting == "" {
		return usual
	}
	rounds, err := strconv.Atoi(setting)
	if err != nil || rounds < 1 {
		t.Fatalf("WINNER_ROUNDS=%s: must be a number from 1 on", setting)
	}
	return rounds
}

// S-19, S-26.
func TestOneCodeSignsInOnce(t *testing.T) {
	rounds := winnerRounds(t)
	var codes []secret.Text
	for n := range rounds {
		codes = append(codes, secret.New(fmt.Sprintf("code-%06d", n)))
	}
	p := newPlatformOf(t, refserver.Config{
		Fixture: &fixture.File{Users: []fixture.User{{
			Username: "bob", Password: secret.New("builder-2026"), TOTPSecret: secret.New(bobsSeed), RecoveryCodes: codes,
		}}},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	})
	crowd := newCrowd(p)
	phone := p.appOf(bobsSeed)
	for place := range places { // makes it a known network
		if got := crowd.submit(t, phone.next(), place); got != http.StatusOK {
			t.Fatalf("the first sign-in from place %d: %d", place, got)
		}
	}
	for round := range rounds {
		crowd.hasOneWinner(t, phone.next())
		crowd.hasOneWinner(t, codes[round].Reveal())
		if t.Failed() {
			t.Fatalf("in round %d", round+1)
		}
	}
}

// crowd is a group of clients that send a code at the same time.
type crowd struct {
	p      *platform
	client *http.Client
}

func newCrowd(p *platform) crowd {
	return crowd{p, &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: submissions}, Timeout: time.Minute,
	}}
}

func (c crowd) hasOneWinner(t *testing.T, code string) {
	t.Helper()
	answers := make([]int, submissions)
	var all sync.WaitGroup
	begin := make(chan struct{})
	for n := range answers {
		all.Go(func() {
			<-begin
			answers[n] = c.submit(t, code, n%places)
		})
	}
	close(begin)
	all.Wait()
	tally := map[int]int{}
	for _, status := range answers {
		tally[status]++
	}
	if tally[http.StatusOK] != 1 || tally[http.StatusUnauthorized] != submissions-1 {
		t.Errorf("statuses and how often: %v", tally)
	}
}

// submit signs in from a place and returns the status, 0 on an error.
func (c crowd) submit(t *testing.T, code string, place int) int {
	body := fmt.Sprintf(`{"username": "bob", "password": "builder-2026", "otp": %q}`, code)
	request, err := http.NewRequest(http.MethodPost, "http://"+c.p.address+"/system/newAuthToken", strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Forwarded-For", fmt.Sprintf("192.0.2.%d", place+1))
	response, err := c.client.Do(request)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}
