package credstore

import (
	"strings"
)

// kernelKeyring keeps items as keys of the type "user" in the Linux kernel's
// user keyring, @u: in memory that is never swapped out, and gone with the next
// start of the machine. Every process of the user finds them, whatever session
// keyring it has, and no other user does. With keyutils:
//
//	keyctl print $(keyctl search @u user dxauth:HOST:USER)
type kernelKeyring struct {
	prefix string // of the descriptions
}

func newKernelKeyring() kernelKeyring { return kernelKeyring{prefix: "dxauth"} }

func (kernelKeyring) Name() string { return KernelName }

// description returns the name of an item's key. The last colon is the separator,
// because a host may have a port; colons in the user name are escaped.
func (k kernelKeyring) description(key Key) string {
	return k.prefix + ":" + key.Host + ":" + strings.NewReplacer("%", "%25", ":", "%3A").Replace(key.User)
}

func kernelProbe(outcome Outcome, detail string) Probe {
	return Probe{Store: KernelName, Outcome: outcome, Detail: detail}
}
