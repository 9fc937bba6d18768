package tokens

import (
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// pathTokens is the list of one's own tokens.
const pathTokens = "/console/tokens"

// owner is the user whose API tokens a page shows: the visitor, or the user in the path
// of a page for administrators of the platform.
type owner struct {
	ID, Name string
	Path     string // of the list of tokens
	IsOther  bool
}

// ownerOf returns the owner of the tokens that a page is about. It returns
// identity.ErrNoUser.
func (p *Pages) ownerOf(r *http.Request, v browser.Visitor) (owner, error) {
	if r.PathValue("user") == "" {
		return owner{ID: v.Caller.User.ID, Name: v.Caller.User.Handle, Path: pathTokens}, nil
	}
	id, err := kit.UserIn(r)
	if err != nil {
		return owner{}, err
	}
	user, err := p.Service.User(r.Context(), id)
	return owner{ID: user.ID, Name: user.Handle, Path: kit.PathUsers + "/" + user.ID + "/tokens", IsOther: true}, err
}

// titled returns the title of a page about tokens. It names the owner if that is not the
// visitor.
func (o owner) titled(title, preposition string) string {
	if o.IsOther {
		return title + " " + preposition + " " + o.Name
	}
	return title
}
