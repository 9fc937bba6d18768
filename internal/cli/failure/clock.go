package failure

import (
	"fmt"
	"time"

	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

// MaxSkew is how far the clocks may be apart: verification codes and the expiry
// of sessions depend on them.
const MaxSkew = 30 * time.Second

// ClockSkew returns how far this machine's clock is ahead of a server's time,
// which is truncated to the second.
func ClockSkew(now, theirs time.Time) time.Duration {
	return now.Sub(theirs.Add(time.Second / 2)).Round(time.Second)
}

// SkewHint compares the clocks after the server rejected a verification code,
// which is made from the time. It returns "" if the clocks agree or the server's
// is unknown.
func SkewHint(err error, now time.Time) string {
	answer, _ := refusal.DetailsOf[platform.Answer](err)
	if answer.Date.IsZero() {
		return ""
	}
	ahead := ClockSkew(now, answer.Date)
	direction := "ahead of"
	if ahead < 0 {
		direction = "behind"
	}
	if ahead.Abs() <= MaxSkew {
		return ""
	}
	return fmt.Sprintf("the clock of this computer is %s %s the server's; codes are made from the time, so check the clock of the device that makes them",
		duration.Format(ahead.Abs()), direction)
}
