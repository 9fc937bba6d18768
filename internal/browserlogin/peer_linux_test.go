package browserlogin

import (
	"context"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
)

// Another user of the machine can see the state in the arguments of the browser's program,
// and get a code for the own account with it. The kernel says whose a connection is.
func TestConnectionsOfUsers(t *testing.T) {
	const (
		listener = "0: 0100007F:A8CB 00000000:0000 0A 0:0 00:0 0 1000 0 1\n"
		here     = "1: 0100007F:A8CB 0100007F:D431 01 0:0 00:0 0 1000 0 2\n"
		closing  = "1: 0100007F:A8CB 0100007F:D431 08 0:0 00:0 0 1000 0 2\n"
		own      = "2: 0100007F:D431 0100007F:A8CB 01 0:0 00:0 0 1000 0 3\n"
		other    = "2: 0100007F:D431 0100007F:A8CB 01 0:0 00:0 0 1001 0 3\n"
		root     = "2: 0100007F:D431 0100007F:A8CB 01 0:0 00:0 0 0 0 3\n"
		mapped   = "2: 0000000000000000FFFF00000100007F:D431 0000000000000000FFFF00000100007F:A8CB 01 0:0 00:0 0 1001 0 3\n"
		closed   = "2: 0100007F:D431 0100007F:A8CB 05 0:0 00:0 0 0 0 0\n"
		another  = "3: 0100007F:D432 0100007F:A8CB 01 0:0 00:0 0 1001 0 4\n"
	)
	for name, tt := range map[string]struct {
		table string
		want  bool
	}{
		"the user":                                 {listener + here + own, true},
		"root":                                     {listener + here + root, true},
		"another user":                             {listener + here + other, false},
		"another user, the other end first":        {other + listener + here, false},
		"another user by a socket of IPv6":         {listener + here + mapped, false},
		"somebody who closed it at once":           {listener + closing + closed, false},
		"somebody who cut it off":                  {listener, false},
		"the user, beside another one":             {listener + another + here + own, true},
		"from the host of a virtual machine":       {listener + here, true},
		"the table of another machine":             {another, true},
		"no table":                                 {"", true},
		"a table without users":                    {strings.ReplaceAll(listener+here+other, " 1001 0 3", ""), true},
		"a user who is not a number: not to trust": {listener + here + strings.ReplaceAll(other, "1001", "x"), false},
	} {
		t.Run(name, func(t *testing.T) {
			local, remote := netip.MustParseAddrPort("127.0.0.1:43211"), netip.MustParseAddrPort("127.0.0.1:54321")
			if got := socketTables(tt.table).allow(local, remote, 1000); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// The tables of this machine have its connections in the form that is looked for.
func TestConnectionsOfThisMachine(t *testing.T) {
	for network, address := range map[string]string{"tcp4": "127.0.0.1:0", "tcp6": "[::1]:0"} {
		listener, err := new(net.ListenConfig).Listen(t.Context(), network, address)
		if err != nil {
			t.Skip("this machine has no", network)
		}
		defer listener.Close()
		connection, err := new(net.Dialer).DialContext(context.Background(), network, listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		content, err := os.ReadFile("/proc/net/" + strings.Replace(network, "tcp4", "tcp", 1))
		if err != nil {
			t.Skip("this machine has no table of its sockets")
		}
		here, there := netip.MustParseAddrPort(listener.Addr().String()), netip.MustParseAddrPort(connection.LocalAddr().String())
		stranger := os.Getuid() + 1
		if table := socketTables(content); !table.allow(here, there, os.Getuid()) || os.Getuid() != 0 && table.allow(here, there, stranger) {
			t.Errorf("%s: the connection is not found in\n%s", network, content)
		}
	}
}
