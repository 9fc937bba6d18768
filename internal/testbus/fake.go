//go:build linux

package testbus

import (
	"sync/atomic"
	"testing"

	"github.com/godbus/dbus/v5"
)

const (
	servicePath = dbus.ObjectPath("/org/freedesktop/secrets")
	sessionPath = dbus.ObjectPath("/org/freedesktop/secrets/session/s1")
	promptPath  = dbus.ObjectPath("/org/freedesktop/secrets/prompt/p1")
	nothing     = dbus.ObjectPath("/")

	promptInterface = "org.freedesktop.Secret.Prompt"
)

// Hanging starts a bus with a locked keyring whose prompts never end, as if the user
// were away or the prompter broken.
func Hanging(t testing.TB) Bus {
	t.Helper()
	return startFake(t, locked, waitForever)
}

// HangingWrite starts a bus with an unlocked, empty keyring that asks before it
// stores an item, with a prompt that never ends.
func HangingWrite(t testing.TB) Bus {
	t.Helper()
	return startFake(t, unlocked, waitForever)
}

// Dismissing starts a bus with a locked keyring whose prompts are
// dismissed at once.
func Dismissing(t testing.TB) Bus {
	t.Helper()
	return startFake(t, locked, dismiss)
}

// Answering starts a bus with a locked, empty keyring whose prompt is
// answered with the right password.
func Answering(t testing.TB) Bus {
	t.Helper()
	return startFake(t, locked, answer)
}

// Lying starts a bus with an unlocked, empty keyring that asks before it
// stores an item. The prompt is dismissed and nothing is stored, but go-keyring
// reports success.
func Lying(t testing.TB) Bus {
	t.Helper()
	return startFake(t, unlocked, dismiss)
}

// Mute starts a bus with a keyring that never responds.
func Mute(t testing.TB) Bus {
	t.Helper()
	bus := start(t, newRoot(t))
	conn := connect(t, bus)
	end := make(chan struct{})
	t.Cleanup(func() { close(end) })
	export(t, conn, silentProperties{end}, servicePath, "org.freedesktop.DBus.Properties")
	own(t, conn)
	return bus
}

// collection is the state of the only collection of a fake.
type collection struct{ locked atomic.Bool }

func locked() *collection {
	c := new(collection)
	c.locked.Store(true)
	return c
}

func unlocked() *collection { return new(collection) }

// response is what the user does when a prompt is shown.
type response func(*collection, *dbus.Conn) *dbus.Error

// startFake starts a bus with a Secret Service that has one collection.
func startFake(t testing.TB, newCollection func() *collection, asked response) Bus {
	t.Helper()
	bus := start(t, newRoot(t))
	conn := connect(t, bus)
	login := newCollection()
	for _, path := range []dbus.ObjectPath{servicePath, loginCollection} {
		export(t, conn, fakeProperties{login}, path, "org.freedesktop.DBus.Properties")
	}
	export(t, conn, fakeService{login}, servicePath, "org.freedesktop.Secret.Service")
	export(t, conn, fakeCollection{}, loginCollection, "org.freedesktop.Secret.Collection")
	export(t, conn, fakeSession{}, sessionPath, "org.freedesktop.Secret.Session")
	export(t, conn, fakePrompt{login, conn, asked}, promptPath, promptInterface)
	own(t, conn)
	return bus
}

func export(t testing.TB, conn *dbus.Conn, object any, path dbus.ObjectPath, iface string) {
	t.Helper()
	if err := conn.Export(object, path, iface); err != nil {
		t.Fatalf("exporting %s: %v", iface, err)
	}
}

func own(t testing.TB, conn *dbus.Conn) {
	t.Helper()
	reply, err := conn.RequestName(secretsName, dbus.NameFlagDoNotQueue)
	if err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("owning %s: reply %v, %v", secretsName, reply, err)
	}
}

type fakeProperties struct{ login *collection }

func (p fakeProperties) Get(_, name string) (dbus.Variant, *dbus.Error) {
	switch name {
	case "Collections":
		return dbus.MakeVariant([]dbus.ObjectPath{loginCollection}), nil
	case "Locked":
		return dbus.MakeVariant(p.login.locked.Load()), nil
	default:
		return dbus.Variant{}, dbus.NewError("org.freedesktop.DBus.Error.UnknownProperty", nil)
	}
}

type fakeService struct{ login *collection }

func (fakeService) OpenSession(string, dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
	return dbus.MakeVariant(""), sessionPath, nil
}

func (s fakeService) Unlock(objects []dbus.ObjectPath) ([]dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	if s.login.locked.Load() {
		return nil, promptPath, nil
	}
	return objects, nothing, nil
}

type fakeSession struct{}

func (fakeSession) Close() *dbus.Error { return nil }

type fakeCollection struct{}

// fakeSecret has the signature of a secret on the bus, (oayays).
type fakeSecret struct {
	Session           dbus.ObjectPath
	Parameters, Value []byte
	ContentType       string
}

func (fakeCollection) SearchItems(map[string]string) ([]dbus.ObjectPath, *dbus.Error) {
	return nil, nil
}

func (fakeCollection) CreateItem(map[string]dbus.Variant, fakeSecret, bool) (item, prompt dbus.ObjectPath, err *dbus.Error) {
	return nothing, promptPath, nil
}

// fakePrompt is a prompt for the user.
type fakePrompt struct {
	login *collection
	conn  *dbus.Conn
	asked response
}

func (p fakePrompt) Prompt(string) *dbus.Error { return p.asked(p.login, p.conn) }

// waitForever never completes the prompt.
func waitForever(*collection, *dbus.Conn) *dbus.Error { return nil }

// dismiss closes the prompt.
func dismiss(_ *collection, conn *dbus.Conn) *dbus.Error {
	return complete(conn, true, "")
}

// answer unlocks the collection.
func answer(login *collection, conn *dbus.Conn) *dbus.Error {
	login.locked.Store(false)
	return complete(conn, false, []dbus.ObjectPath{loginCollection})
}

func complete(conn *dbus.Conn, dismissed bool, result any) *dbus.Error {
	if err := conn.Emit(promptPath, promptInterface+".Completed", dismissed, dbus.MakeVariant(result)); err != nil {
		return dbus.MakeFailedError(err)
	}
	return nil
}

// silentProperties does not respond until the end of the test.
type silentProperties struct{ end <-chan struct{} }

func (p silentProperties) Get(string, string) (dbus.Variant, *dbus.Error) {
	<-p.end
	return dbus.Variant{}, dbus.NewError("org.freedesktop.DBus.Error.NoReply", nil)
}
