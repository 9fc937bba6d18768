package audit

import (
	"strings"
	"time"
)

// Server is the Actor of what the server did without a request, such as giving up an e-mail.
// It is not the ID of a user.
const Server = "server"

const (
	serverName = "the server" // has a blank, which no user name has
	userPrefix = "user-"
)

// ByServer returns the row of what the server did without a request.
func ByServer(at time.Time, action Action, subject, result string) Entry {
	return Entry{Time: at, Actor: Server, Subject: subject, Action: action, Result: result}
}

// DoneBy returns the Actor. Earlier versions left it empty in rows of the server, too.
func (e Entry) DoneBy() string {
	if e.Actor == "" && (e.Action == MailDrop || e.Action == Restore) {
		return Server
	}
	return e.Actor
}

// Who returns who did it, for readers: a user name, "the server", or "" if nobody knows, as
// with a wrong password.
func (e Entry) Who() string {
	if e.DoneBy() == Server {
		return serverName
	}
	return strings.TrimPrefix(e.Actor, userPrefix)
}

// ActorOf returns the Actor of rows for what a reader types: what Who returns, in any case,
// or a user ID.
func ActorOf(typed string) string {
	typed = strings.ToLower(typed)
	switch {
	case typed == "" || strings.HasPrefix(typed, userPrefix):
		return typed
	case typed == serverName:
		return Server
	default:
		return userPrefix + typed
	}
}
