package console

import (
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// Paths of the pages for administrators of the platform. Below a user's page are those of
// the user's tokens.
const (
	pathUsers  = "/console/admin/users"
	pathTokens = "/console/tokens"
)

// owner is the user whose API tokens a page shows: the visitor, or the user in the path
// of a page for administrators of the platform.
type owner struct {
	ID, Name string
	Path     string // of the list of tokens
	IsOther  bool
}

// ownerOf returns the owner of the tokens that a page is about. It returns
// identity.ErrNoUser.
func (c *Console) ownerOf(r *http.Request, v browser.Visitor) (owner, error) {
	if r.PathValue("user") == "" {
		return owner{ID: v.Caller.User.ID, Name: v.Caller.User.Handle, Path: pathTokens}, nil
	}
	id, err := userIn(r)
	if err != nil {
		return owner{}, err
	}
	user, err := c.service.User(r.Context(), id)
	return owner{ID: user.ID, Name: user.Handle, Path: pathUsers + "/" + user.ID + "/tokens", IsOther: true}, err
}

// titled returns the title of a page about tokens. It names the owner if that is not the
// visitor.
func (o owner) titled(title, preposition string) string {
	if o.IsOther {
		return title + " " + preposition + " " + o.Name
	}
	return title
}

// forAdministrators serves h to administrators of the platform only.
func (c *Console) forAdministrators(h func(http.ResponseWriter, *http.Request, browser.Visitor)) func(http.ResponseWriter, *http.Request, browser.Visitor) {
	return func(w http.ResponseWriter, r *http.Request, v browser.Visitor) {
		if err := service.RequireSuperuser(v.Caller); err != nil {
			c.pages.Refuse(w, r, v, err)
			return
		}
		h(w, r, v)
	}
}
