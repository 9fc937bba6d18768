package session

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

// parsed makes the account of "user@host".
func parsed(name string) Account {
	user, host, _ := strings.Cut(name, "@")
	return Account{User: user, Host: host, Server: "https://" + host}
}

// indexOf puts the accounts in that order.
func indexOf(names ...string) *index {
	x := &index{}
	for _, name := range names {
		x.put(parsed(name))
	}
	return x
}

func TestIndexPutAndRemove(t *testing.T) {
	tests := map[string]struct {
		put     []string
		remove  []string
		want    []string
		current string
	}{
		"none":                         {nil, nil, nil, ""},
		"the last put is current":      {[]string{"a@1", "b@1"}, nil, []string{"a@1", "b@1"}, "b@1"},
		"put again":                    {[]string{"a@1", "b@1", "a@1"}, nil, []string{"b@1", "a@1"}, "a@1"},
		"one user of two servers":      {[]string{"a@1", "a@2"}, nil, []string{"a@1", "a@2"}, "a@2"},
		"the current one is removed":   {[]string{"a@1", "b@1", "c@1"}, []string{"c@1"}, []string{"a@1", "b@1"}, "b@1"},
		"another one is removed":       {[]string{"a@1", "b@1"}, []string{"a@1"}, []string{"b@1"}, "b@1"},
		"all are removed":              {[]string{"a@1", "b@1"}, []string{"b@1", "a@1"}, nil, ""},
		"a stranger is removed":        {[]string{"a@1"}, []string{"x@1"}, []string{"a@1"}, "a@1"},
		"a stranger of nobody":         {nil, []string{"x@1"}, nil, ""},
		"the server counts for a name": {[]string{"a@1"}, []string{"a@2"}, []string{"a@1"}, "a@1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			x := indexOf(tt.put...)
			for _, gone := range tt.remove {
				x.remove(gone)
			}
			if !slices.Equal(x.names(), tt.want) || x.Current != tt.current {
				t.Errorf("%v with %q current, want %v with %q", x.names(), x.Current, tt.want, tt.current)
			}
		})
	}
}

func TestIndexChoose(t *testing.T) {
	accounts := []string{"a@1", "b@1", "c@2"}
	tests := map[string]struct {
		current, server string
		want            string // "" for nobody
	}{
		"the current one":                     {"c@2", "", "c@2"},
		"the current one on its server":       {"a@1", "https://1", "a@1"},
		"on another server, the last put":     {"c@2", "https://1", "b@1"},
		"nobody on the server":                {"c@2", "https://3", ""},
		"nobody is current":                   {"", "", ""},
		"nobody is current, but on a server":  {"", "https://1", "b@1"},
		"the current one is none of the list": {"x@1", "", ""},
		"a server by the beginning":           {"c@2", "https://", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			x := indexOf(accounts...)
			x.Current = tt.current
			account, found := x.choose(tt.server)
			if found != (tt.want != "") || found && account.Name() != tt.want {
				t.Errorf("chose %q (%v), want %q", account.Name(), found, tt.want)
			}
		})
	}
}

// history is the model of an index: when each account was put last.
type history struct {
	clock   int
	put     map[string]int
	current string
}

// latest is the account of a server that was put last; of any with "".
func (h *history) latest(server string) string {
	best := ""
	for name, at := range h.put {
		if (server == "" || parsed(name).Server == server) && (best == "" || at > h.put[best]) {
			best = name
		}
	}
	return best
}

func (h *history) chosen(server string) string {
	if h.current != "" && (server == "" || parsed(h.current).Server == server) {
		return h.current
	}
	if server == "" {
		return ""
	}
	return h.latest(server)
}

// TestIndexFollowsItsHistory: whatever is put and removed, also over the file.
func TestIndexFollowsItsHistory(t *testing.T) {
	names := rapid.SampledFrom([]string{"a@1", "b@1", "c@1", "a@2", "b@2", "a@3"})
	rapid.Check(t, func(t *rapid.T) {
		x, model := &index{Version: indexVersion}, &history{put: map[string]int{}}
		lastUsers := map[string]string{}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				account := parsed(names.Draw(t, "name"))
				x.put(account)
				model.clock++
				model.put[account.Name()], model.current = model.clock, account.Name()
				lastUsers[account.Server] = account.User
			},
			"remove": func(t *rapid.T) {
				name := names.Draw(t, "name")
				x.remove(name)
				delete(model.put, name)
				if model.current == name {
					model.current = model.latest("")
				}
			},
			"write and read": func(t *rapid.T) {
				content, err := x.encode()
				if err != nil {
					t.Fatal(err)
				}
				x = &index{}
				if err := json.Unmarshal(content, x); err != nil {
					t.Fatal(err)
				}
			},
			"": func(t *rapid.T) {
				if len(x.Accounts) != len(model.put) || x.Current != model.current {
					t.Fatalf("%v with %q current, want %v with %q", x.names(), x.Current, model.put, model.current)
				}
				for _, server := range []string{"", "https://1", "https://2", "https://3"} {
					account, found := x.choose(server)
					if want := model.chosen(server); found != (want != "") || found && account.Name() != want {
						t.Fatalf("on %q chose %q (%v), want %q", server, account.Name(), found, want)
					}
					if x.LastUsers[server] != lastUsers[server] {
						t.Fatalf("last user of %q is %q, want %q", server, x.LastUsers[server], lastUsers[server])
					}
				}
			},
		})
	})
}

func TestReadRefuses(t *testing.T) {
	tests := map[string]struct{ content, want string }{
		"an empty file":      {"", "is damaged"},
		"a cut off file":     {`{"version": 1, "accounts": [{"ser`, "is damaged"},
		"another's file":     {`["accounts"]`, "is damaged"},
		"more after it":      {`{"version": 1} {}`, "is damaged"},
		"a newer version":    {`{"version": 3, "accounts": []}`, "newer dxauth"},
		"a newer form of it": {`{"version": 3, "accounts": {"alice@lab.org": {}}}`, "newer dxauth"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.put(t, tt.content)
			_, _, readErr := d.Accounts()
			_, saveErr := d.Save(t.Context(), alice(), token("one"))
			for call, err := range map[string]error{"read": readErr, "save": saveErr} {
				if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), d.path()) {
					t.Errorf("%s: error %v, want one that names %s and says %q", call, err, d.path(), tt.want)
				}
			}
			if after, err := os.ReadFile(d.path()); err != nil || string(after) != tt.content {
				t.Errorf("the file was changed to %q (%v)", after, err)
			}
			d.wantTokens(t, alice(), "", "")
		})
	}
}

// put writes the index's file as somebody else might have.
func (d *desk) put(t testing.TB, content string) {
	t.Helper()
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.path(), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// FuzzRead: whatever the file holds, it is refused or survives a round trip.
func FuzzRead(f *testing.F) {
	testfuzz.Add(f, `{"version":1,"current":"a@h","lastUsers":{"https://h":"a"},"accounts":[{"user":"a","host":"h","created":"2026-03-01T12:00:00Z"}]}`)
	testfuzz.Add(f, `{"version":1,"accounts":[{"project":{"id":"project-1"},"idleSeconds":900},null]}`)
	testfuzz.Add(f, `{"version":3}`)
	testfuzz.Add(f, `null`)
	f.Fuzz(func(t *testing.T, content string) {
		b := NewAccountIndex(Config{Dir: t.TempDir()})
		if err := os.WriteFile(b.path(), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		first, err := b.read()
		if err != nil {
			return
		}
		encoded, err := first.encode()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(b.path(), encoded, 0o600); err != nil {
			t.Fatal(err)
		}
		second, err := b.read()
		if err != nil {
			t.Fatalf("what was written is refused: %v", err)
		}
		again, err := second.encode()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(encoded), string(again)); diff != "" {
			t.Errorf("it changed on the way (-first +second):\n%s", diff)
		}
	})
}
