package doctor

import (
	"context"
	"errors"
	"slices"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

// checkBrowserLogin finds out whether login --sso can work: a server behind a proxy may not
// know its own address. It asks only a server that responds.
func (o doctorOptions) checkBrowserLogin(ctx context.Context, servers []finding) []finding {
	const check = "browser"
	t, err := o.targetInUse()
	isDown := slices.ContainsFunc(servers, func(f finding) bool { return f.Status == problem })
	if err != nil || isDown {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, serverTimeout)
	defer cancel()
	_, err = o.client.Servers.TokenServer(ctx, t)
	refused, _ := errors.AsType[*refusal.Error](err)
	switch {
	case err == nil:
		return []finding{ok(check, "%s offers login --sso", t.Auth.URL())}
	case errors.Is(err, platform.ErrNotOffered):
		return []finding{ok(check, "%s does not offer login --sso", t.Auth.URL())}
	case refused != nil && refused.Hint != "":
		return []finding{warn(check, refused.Hint, "%s", err)}
	default:
		return []finding{warn(check, "run "+o.Program+" login --sso later", "%s", err)}
	}
}
