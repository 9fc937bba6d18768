package molgenis

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/molgenis/failure"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/graphql"
	"github.com/dxauth/dxauth/internal/refserver/service"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

// userChange is the change of a user by the mutation change.
type userChange struct {
	Email    string         `json:"email"`
	Enabled  *bool          `json:"enabled"`
	Settings []wire.Setting `json:"settings"`
}

// changeField changes users: which tokens they keep, and for administrators
// whether they are active. This server has no schemas to change.
func (h *Handler) changeField(e *emx2, field graphql.Field) (any, error) {
	changes, err := changesOf(field)
	if err != nil {
		return nil, err
	}
	for _, change := range changes {
		if err := h.changeUser(e, change); err != nil {
			return nil, err
		}
	}
	return map[string]any{"message": "Meta update success"}, nil
}

func changesOf(field graphql.Field) (changes []userChange, err error) {
	for name := range field.Arguments {
		if name != "users" {
			return nil, failure.New(http.StatusBadRequest, "this server can change users only, not '%s'", name)
		}
	}
	encoded, err := json.Marshal(field.Arguments["users"])
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(encoded, &changes); err != nil {
		return nil, failure.New(http.StatusBadRequest, "argument 'users' must be a list of email, enabled and settings")
	}
	if len(changes) > maxAtOnce {
		return nil, failure.New(http.StatusBadRequest, "at most %d users can be changed at once", maxAtOnce)
	}
	return changes, nil
}

func (h *Handler) changeUser(e *emx2, change userChange) error {
	userID, err := h.account(e, change.Email)
	if err != nil {
		return err
	}
	if len(change.Settings) > 1 {
		return failure.New(http.StatusBadRequest, "a setting of a user can be given once")
	}
	for _, setting := range change.Settings {
		if setting.Key != wire.SettingAccessTokens {
			return failure.New(http.StatusBadRequest, "the only setting of a user is '%s'", wire.SettingAccessTokens)
		}
		if err := h.keepTokens(e, userID, setting.Value); err != nil {
			return err
		}
	}
	edit := service.UserEdit{Active: change.Enabled}
	return h.service.EditUser(e.ctx, e.caller, service.Proof{OrRecentSignIn: true}, userID, edit)
}

// keepTokens revokes the tokens that could be in a list of names but are not.
func (h *Handler) keepTokens(e *emx2, userID, names string) error {
	kept := map[string]bool{}
	for name := range strings.SplitSeq(names, ",") {
		kept[strings.TrimSpace(name)] = true
	}
	var revoked []string
	err := h.eachNamed(e, userID, func(token service.UserToken) {
		if !kept[token.Label] {
			revoked = append(revoked, token.Signature)
		}
	})
	if err != nil {
		return err
	}
	return ofToken(h.service.RevokeTokens(e.ctx, e.caller, liveTokens(revoked)...))
}
