package identity_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
)

// BenchmarkRefusals measures what an attacker could learn from response times: the
// medians in milliseconds for an unknown user, a wrong password and a right password
// without the code, and the distances of their distributions (Kolmogorov-Smirnov,
// 0 to 1; two samples of the same distribution are below about 0.2). The first two
// must not differ. The third may, because its response is another one anyway.
func BenchmarkRefusals(b *testing.B) {
	fx := newFixtureWith(b, passwordhash.DefaultParams())
	fx.addSecondFactor()
	kinds := []struct {
		name, user, password string
		want                 error
	}{
		{"unknown", "nobody", wrongPassword, identity.ErrWrongCredentials},
		{"wrong", "alice", wrongPassword, identity.ErrWrongCredentials},
		{"code", "alice", rightPassword, identity.ErrCodeRequired},
	}
	samples := make([][]float64, len(kinds))
	for b.Loop() {
		for i, kind := range kinds { // in turns, so that a slow moment affects all
			fx.clock.Advance(25 * time.Hour) // no attempt has to wait
			begin := time.Now()
			err := fx.signIn(kind.user, kind.password, attacker)
			samples[i] = append(samples[i], float64(time.Since(begin))/float64(time.Millisecond))
			if !errors.Is(err, kind.want) {
				b.Fatalf("%s: %v", kind.name, err)
			}
		}
	}
	for i, kind := range kinds {
		slices.Sort(samples[i])
		b.ReportMetric(samples[i][len(samples[i])/2], "ms-"+kind.name)
	}
	b.ReportMetric(distance(samples[0], samples[1]), "ks-unknown/wrong")
	b.ReportMetric(distance(samples[1], samples[2]), "ks-wrong/code")
}

// distance returns the Kolmogorov-Smirnov statistic of two sorted samples.
func distance(a, b []float64) float64 {
	greatest := 0.0
	for _, value := range slices.Concat(a, b) {
		greatest = max(greatest, abs(share(a, value)-share(b, value)))
	}
	return greatest
}

// share returns the fraction of a sorted sample that is at most value.
func share(sample []float64, value float64) float64 {
	n, _ := slices.BinarySearchFunc(sample, value, func(have, limit float64) int {
		if have <= limit {
			return -1
		}
		return 1
	})
	return float64(n) / float64(len(sample))
}

func abs(x float64) float64 { return max(x, -x) }

func TestDistance(t *testing.T) {
	for name, c := range map[string]struct {
		a, b []float64
		want float64
	}{
		"the same":   {[]float64{1, 2, 3}, []float64{1, 2, 3}, 0},
		"apart":      {[]float64{1, 2}, []float64{3, 4}, 1},
		"half apart": {[]float64{1, 2}, []float64{2, 3}, 0.5},
	} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
