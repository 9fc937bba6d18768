// Package postgres keeps the data of the reference server in PostgreSQL.
//
// It promises that transactions which write have the result of some order in which each
// one ran alone, whichever of several servers runs them; that a token that was revoked on
// one server is refused by all others from then on; that no commit is interrupted, and one
// whose outcome is not known is neither repeated nor reported as failed; and that a
// database that cannot serve makes a transaction return transaction.ErrUnavailable, and
// is used again as soon as it can.
//
// It promises that an address is safe to use: beyond this machine a connection is
// verified unless the URL says otherwise, no URL with a password comes from an argument
// list, and no error or log quotes a URL.
package postgres

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dxauth/dxauth/pkg/secret"
)

// Address says where a database is and how to connect to it. It may hold a password,
// which it does not print. The zero Address is not usable.
type Address struct {
	// A function, because fmt prints only its address.
	config func() *pgx.ConnConfig
	name   string
	weak   []string // hosts that are not reached by sslmode=verify-full
}

// IsURL reports whether a text begins as an address does.
func IsURL(text string) bool {
	return strings.HasPrefix(text, "postgres://") || strings.HasPrefix(text, "postgresql://")
}

// Errors of ParseAddress and ParseArgument. They never quote the URL: it may hold a
// password, and where a URL is malformed nobody can tell what part of it is one.
var (
	ErrNotURL       = errors.New("not a URL like postgres://HOST/DATABASE (write @ : / ? # and % in a name as %40 %3A %2F %3F %23 and %25)")
	ErrParameter    = errors.New("the URL has a parameter that is not known; known are " + strings.Join(parameters(), ", "))
	ErrPasswordSeen = errors.New("the URL has a password, which every user of this machine can read in the list of processes: put the URL into a file for --store-url-file, or the password into the file that PGPASSFILE or PGSERVICEFILE names")
)

// connectTimeout limits how long one host may take, so that the next one gets its turn.
const connectTimeout = 5 * time.Second

// ParseAddress reads a URL of PostgreSQL. As with psql, it may name several hosts, and
// what it leaves open comes from PGHOST and the like, from the service file and from
// the password file.
//
// Two things are stricter than with psql. A host beyond this machine is reached only
// over TLS and if its certificate is for its name, unless the URL itself has an
// sslmode. And of several hosts the one is used that takes writes.
func ParseAddress(url secret.Text) (Address, error) {
	text := url.Reveal()
	config, err := parse(text, parameters())
	if err != nil {
		return Address{}, explain(text, err)
	}
	if slices.ContainsFunc(hostsOf(config), isRemote) && !names(text, "ssl", "sslmode") {
		if config, err = parse(withVerification(text), parameters()); err != nil {
			return Address{}, explain(text, err)
		}
		if len(weakHosts(config)) > 0 { // the parameter went astray
			return Address{}, ErrNotURL
		}
	}
	config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	config.ConnectTimeout = cmp.Or(config.ConnectTimeout, connectTimeout)
	config.DialFunc = (&net.Dialer{KeepAliveConfig: keepAlive()}).DialContext
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "dxauth"
	}
	return Address{config: config.Copy, name: nameOf(config), weak: weakHosts(config)}, nil
}

// keepAlive notices within some 15 s that a machine is gone, of which no packet tells.
func keepAlive() net.KeepAliveConfig {
	return net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 2 * time.Second, Count: 5}
}

// ParseArgument is ParseAddress for a URL from an argument list, where it may have no
// password.
func ParseArgument(url string) (Address, error) {
	address, err := ParseAddress(secret.New(url))
	if err == nil && names(url, "password", "sslpassword") {
		return Address{}, ErrPasswordSeen
	}
	return address, err
}

// parameters are those that a URL may have. Settings of the session are not among
// them, but for those in options.
func parameters() []string {
	return []string{
		"host", "port", "user", "dbname", "password", "passfile", "service", "servicefile",
		"sslmode", "ssl", "sslrootcert", "sslcert", "sslkey", "sslpassword", "sslcertmode", "sslnegotiation", "sslsni",
		"target_session_attrs", "connect_timeout", "application_name", "options",
		"channel_binding", "require_auth", "krbsrvname", "krbspn", "min_protocol_version", "max_protocol_version",
	}
}

// parse reads a URL that has no parameters but those allowed; user, password and hosts
// count as parameters, wherever they are.
func parse(url string, allowed []string) (*pgx.ConnConfig, error) {
	if !IsURL(url) {
		return nil, ErrNotURL
	}
	return pgx.ParseConfigWithOptions(url, pgx.ParseConfigOptions{
		ParseConfigOptions: pgconn.ParseConfigOptions{ConnStringAllowedKeys: allowed},
	})
}

// names reports whether a URL that can be parsed has one of some parameters.
func names(url string, wanted ...string) bool {
	without := slices.DeleteFunc(parameters(), func(name string) bool { return slices.Contains(wanted, name) })
	_, err := parse(url, without)
	return err != nil
}

// withVerification adds a parameter to a URL that does not have it.
func withVerification(url string) string {
	separator := "?"
	if strings.Contains(url, "?") {
		separator = "&"
	}
	return url + separator + "sslmode=verify-full"
}

// explain replaces an error that may quote the URL.
func explain(url string, err error) error {
	var missing *fs.PathError
	switch {
	case errors.As(err, &missing):
		return fmt.Errorf("read a file that the URL or a variable of PostgreSQL names: %w", missing)
	case hasUnknown(url):
		return ErrParameter
	default:
		return ErrNotURL
	}
}

// hasUnknown reports whether a URL could be parsed if every parameter were allowed.
func hasUnknown(url string) bool {
	_, err := pgx.ParseConfig(url)
	return IsURL(url) && err == nil
}

func hostsOf(config *pgx.ConnConfig) []string {
	hosts := []string{config.Host}
	for _, other := range config.Fallbacks {
		hosts = append(hosts, other.Host)
	}
	return slices.Compact(hosts) // with sslmode=prefer there are two ways to each
}

// isRemote reports whether a connection to a host may leave this machine.
func isRemote(host string) bool {
	isFolder := filepath.IsAbs(host) || strings.HasPrefix(host, "/") // of a Unix socket; pgx takes both on Windows
	if isFolder || host == "localhost" {
		return false
	}
	address, err := netip.ParseAddr(host)
	return err != nil || !address.IsLoopback()
}

// weakHosts returns the remote hosts that may be reached without TLS, or without a
// check of who they are.
func weakHosts(config *pgx.ConnConfig) []string {
	ways := append([]*pgconn.FallbackConfig{{Host: config.Host, TLSConfig: config.TLSConfig}}, config.Fallbacks...)
	var weak []string
	for _, way := range ways {
		verified := way.TLSConfig != nil && !way.TLSConfig.InsecureSkipVerify
		if isRemote(way.Host) && !verified && !slices.Contains(weak, way.Host) {
			weak = append(weak, way.Host)
		}
	}
	return weak
}

func nameOf(config *pgx.ConnConfig) string {
	return fmt.Sprintf("database %q on %s", cmp.Or(config.Database, config.User), strings.Join(hostsOf(config), ", "))
}

// String returns the name of the database and its hosts.
func (a Address) String() string { return a.name }

// Weak returns the hosts beyond this machine that an explicit sslmode lets be reached
// without TLS, or without a check of who they are.
func (a Address) Weak() []string { return a.weak }

// Config returns what pgx needs to connect. It holds the password.
func (a Address) Config() *pgx.ConnConfig { return a.config() }
