package certificate

import (
	"crypto/x509"
	"fmt"
	"net"
	"slices"
	"time"
)

// renewalTime is how long before its expiry a certificate should have been replaced.
const renewalTime = 14 * 24 * time.Hour

// problems describes what clients may refuse about the certificate.
func (p *pair) problems(hosts []string, now time.Time) []string {
	leaf := p.leaf()
	problems := periodProblems(leaf, now)
	if len(leaf.DNSNames)+len(leaf.IPAddresses) == 0 {
		problems = append(problems, "the certificate names no host: clients refuse it")
	} else {
		problems = append(problems, hostProblems(leaf, hosts)...)
	}
	if leaf.IsCA {
		problems = append(problems, "the certificate is that of a certificate authority: some clients refuse it")
	}
	if !isForServers(leaf) {
		problems = append(problems, "the certificate is not for servers (extended key usage): clients refuse it")
	}
	return problems
}

func periodProblems(leaf *x509.Certificate, now time.Time) []string {
	switch {
	case now.Before(leaf.NotBefore):
		return []string{"the certificate is not valid before " + inUTC(leaf.NotBefore) + ": clients refuse it"}
	case now.After(leaf.NotAfter):
		return []string{"the certificate expired on " + inUTC(leaf.NotAfter) + ": clients refuse it; replace its files"}
	case now.Add(renewalTime).After(leaf.NotAfter):
		return []string{"the certificate expires on " + inUTC(leaf.NotAfter) + ": replace its files until then"}
	default:
		return nil
	}
}

func inUTC(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func hostProblems(leaf *x509.Certificate, hosts []string) []string {
	var problems []string
	for _, host := range hosts {
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if leaf.VerifyHostname(host) != nil {
			problems = append(problems, fmt.Sprintf("the certificate is not valid for %s: clients refuse it there", host))
		}
	}
	return problems
}

// isForServers reports whether the extended key usage, if there is any, allows servers.
func isForServers(leaf *x509.Certificate) bool {
	if len(leaf.ExtKeyUsage)+len(leaf.UnknownExtKeyUsage) == 0 {
		return true
	}
	return slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageServerAuth) || slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageAny)
}
