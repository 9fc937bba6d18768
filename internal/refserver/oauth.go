package refserver

import (
	"encoding/json"
	"mime"
	"net/http"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
)

// oauthError is the error of an OAuth token endpoint (RFC 6749, section 5.2). Its
// key "error" is a string; in the platform's own envelope it is an object.
type oauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// refuseOAuthToken answers /oauth2/token, which takes forms and never JSON. It does
// not support any grant type yet.
func refuseOAuthToken(w http.ResponseWriter, r *http.Request) {
	refused := oauthError{"unsupported_grant_type", "this server makes no tokens here: sign in with /system/newAuthToken"}
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mediaType != "application/x-www-form-urlencoded" {
		refused = oauthError{"invalid_request", "the content type must be application/x-www-form-urlencoded"}
	}
	body, err := json.Marshal(refused)
	if err != nil { // cannot happen: only strings
		panic(err)
	}
	httpkit.WriteJSON(w, http.StatusBadRequest, body)
}
