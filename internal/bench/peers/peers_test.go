package peers

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testpostgres"
)

// users is how many users each server has. An account of dxauth has few requests in progress
// at the same time, so the connections are of several.
const users = 32

// rounds is how often each server is measured for one figure.
const rounds = 9

// BenchmarkPeers reports for each server the share of the speed of a bare handler that it
// reaches, the median of the rounds, and the milliseconds of a request.
func BenchmarkPeers(b *testing.B) {
	bare, database := startBare(b), testpostgres.Start(b)
	asked := slices.Concat(startDxauth(b, database), startDex(b), startPocketBase(b), startKratos(b, database))
	for _, t := range asked {
		t.check(b)
	}
	for _, connections := range []int{1, 16, 256} {
		shares, times := measure(b, bare, asked, connections)
		for i, t := range asked {
			b.Run(fmt.Sprintf("%s/%d", t.name, connections), func(b *testing.B) {
				for b.Loop() {
					b.ReportMetric(median(shares[i]), "of-bare")
					b.ReportMetric(median(times[i]), "ms/request")
				}
			})
		}
	}
}

// measure asks each server in each round, right after the bare one.
func measure(b *testing.B, bare target, asked []target, connections int) (shares, times [][]float64) {
	requests := max(512, 4*connections)
	shares, times = make([][]float64, len(asked)), make([][]float64, len(asked))
	for round := range rounds + 1 {
		for i, t := range asked {
			least := bare.askMany(b, connections, requests)
			took := t.askMany(b, connections, requests)
			if round == 0 { // connections, prepared statements
				continue
			}
			shares[i] = append(shares[i], least.Seconds()/took.Seconds())
			times[i] = append(times[i], took.Seconds()*1000*float64(connections)/float64(requests))
		}
	}
	return shares, times
}

// target is a route of a server that says whose token a request has.
type target struct {
	name, method, url, body string
	header                  string // that the token is in
	people                  []person
	client                  *http.Client
}

// person is a user of a server.
type person struct {
	token string   // as it is in the header
	names []string // that are in a response about the user
	path  string   // after the URL
}

func newTarget(name, method, url, body string) target {
	return target{
		name: name, method: method, url: url, body: body, header: "Authorization",
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}, Timeout: time.Minute},
	}
}

// check fails unless the route tells every user who that is, and refuses a token that
// differs in one character.
func (t target) check(b *testing.B) {
	b.Helper()
	for _, p := range t.people {
		status, answer, err := t.ask(p)
		if err != nil || status != http.StatusOK {
			b.Fatalf("%s: %d %.300s, %v", t.name, status, answer, err)
		}
		for _, name := range p.names {
			if !strings.Contains(answer, name) {
				b.Fatalf("%s: the response about %s is %.300s", t.name, name, answer)
			}
		}
	}
	wrong := t.people[0]
	wrong.token = altered(wrong.token)
	if status, answer, err := t.ask(wrong); err != nil || status == http.StatusOK {
		b.Fatalf("%s accepts a token that it did not make: %.300s, %v", t.name, answer, err)
	}
}

// altered returns a token with another character ten before its end: the last one of a
// signature may have bits that do not count.
func altered(token string) string {
	i := len(token) - 10
	other := byte('A')
	if token[i] == other {
		other = 'B'
	}
	return token[:i] + string(other) + token[i+1:]
}

// askMany sends requests from a number of connections, and returns how long all took.
func (t target) askMany(b *testing.B, connections, requests int) time.Duration {
	begin := time.Now()
	var done sync.WaitGroup
	for connection := range connections {
		done.Go(func() {
			for range requests / connections {
				status, answer, err := t.ask(t.people[connection%len(t.people)])
				if err != nil || status != http.StatusOK {
					b.Errorf("%s, %d connections: %d %.300s, %v", t.name, connections, status, answer, err)
					return
				}
			}
		})
	}
	done.Wait()
	if b.Failed() {
		b.FailNow()
	}
	return time.Since(begin)
}

func (t target) ask(p person) (status int, answer string, err error) {
	request, err := http.NewRequestWithContext(context.Background(), t.method, t.url+p.path, strings.NewReader(t.body))
	if err != nil {
		return 0, "", err
	}
	if t.body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set(t.header, p.token)
	response, err := t.client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return response.StatusCode, string(content), err
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}
