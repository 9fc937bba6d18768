package browserlogin

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// isOfOtherUser reports whether a process of another user of this machine has made a
// connection to the listener at local. The superuser does not count: forwarders of ports and of
// a virtual machine run as root. Nor does anybody for root, who may be in a container, where
// the users of the machine have other numbers.
func isOfOtherUser(local, remote string) bool {
	here, errHere := netip.ParseAddrPort(local)
	there, errThere := netip.ParseAddrPort(remote)
	user := os.Getuid()
	if errHere != nil || errThere != nil || user == 0 {
		return false
	}
	var tables strings.Builder
	for _, name := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		content, _ := os.ReadFile(name) // without them nothing is known
		tables.Write(content)
	}
	return !socketTables(tables.String()).allow(here, there, user)
}

// socketTables are those of the kernel, see proc(5): a line for each socket, with its
// address, that of the other end, its state and its user.
type socketTables string

// Columns of a table, and states (include/net/tcp_states.h in Linux).
const (
	columnLocal  = 1
	columnRemote = 2
	columnState  = 3
	columnUser   = 7

	established = "01"
	listening   = "0A"
)

// allow reports whether a connection may be one of a user. Its other end has to be open: of
// one that was closed, the kernel does not say whose it was. A connection without another
// end comes from outside of the tables, such as from the host of a virtual machine.
func (t socketTables) allow(here, there netip.AddrPort, user int) bool {
	hasListener, isOpen := false, false
	for line := range strings.Lines(string(t)) {
		columns := strings.Fields(line)
		if len(columns) <= columnUser {
			continue
		}
		local, remote, state := columns[columnLocal], columns[columnRemote], columns[columnState]
		switch {
		case isAt(local, here) && state == listening:
			hasListener = true
		case isAt(local, here) && isAt(remote, there):
			isOpen = state == established
		case isAt(local, there) && isAt(remote, here):
			owner, err := strconv.Atoi(columns[columnUser])
			if err != nil || state != established || owner != user && owner != 0 {
				return false
			}
		}
	}
	return isOpen || !hasListener // a table without the listener is not that of this machine
}

// isAt reports whether a column has an address. An address of IPv4 may be in the table of
// IPv6.
func isAt(column string, address netip.AddrPort) bool {
	mapped := address.Addr().As16()
	return column == columnOf(address.Addr().AsSlice(), address.Port()) || column == columnOf(mapped[:], address.Port())
}

// columnOf returns an address as the kernel writes it: in words of the order of the machine.
func columnOf(address []byte, port uint16) string {
	var column strings.Builder
	for word := address; len(word) > 0; word = word[4:] {
		fmt.Fprintf(&column, "%08X", binary.NativeEndian.Uint32(word))
	}
	return fmt.Sprintf("%s:%04X", column.String(), port)
}
