package testpostgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	loopback = "127.0.0.1"
	logName  = "log"

	// bins is where Debian has the programs of each version.
	bins = "/usr/lib/postgresql/*/bin"
)

// cluster is the folder of a server, with the processes that belong to it.
//
//	FOLDER/data            what PostgreSQL calls the cluster
//	FOLDER/.s.PGSQL.PORT   the socket
//	FOLDER/log
type cluster struct {
	folder   string
	programs string // folder of PostgreSQL's programs
	account  account
	port     int

	guard *exec.Cmd
	alive io.Closer // what the guard waits for the end of

	postmaster *exec.Cmd
	ended      chan struct{} // closed when the postmaster has ended
}

// newCluster makes a folder, and the guard that removes it.
//
// The folder is in /tmp because the path of a socket may have at most 107 bytes, and
// because another user must be able to reach it.
func newCluster() (*cluster, error) {
	programs, err := findPrograms()
	if err != nil {
		return nil, err
	}
	account, err := unprivileged()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("/tmp", "testpostgres")
	if err != nil {
		return nil, err
	}
	c := &cluster{folder: folder, programs: programs, account: account}
	if err := errors.Join(account.own(folder), c.startGuard()); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return c, nil
}

// findPrograms returns the folder of PostgreSQL's programs, of Debian's newest version
// or of the one in the PATH.
func findPrograms() (string, error) {
	found, err := filepath.Glob(filepath.Join(bins, "initdb"))
	if err == nil && len(found) > 0 {
		return filepath.Dir(slices.Max(found)), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("initdb is missing: install the Debian package postgresql")
	}
	path, err = filepath.EvalSymlinks(path) // the other programs may have no link
	return filepath.Dir(path), err
}

// guardScript waits until the test process has ended, however it ends. Then it ends the
// server and removes the folder. A process that sends the signals of a terminal or of
// an impatient user to a whole group does not reach it. A server that was killed has left
// its file behind, which names a segment of shared memory.
const guardScript = `trap '' INT TERM HUP
cat >/dev/null
if [ -e "$1/data/postmaster.pid" ]; then
	"$2/pg_ctl" -D "$1/data" -m immediate -t 20 stop
fi
if [ -e "$1/data/postmaster.pid" ]; then
	ipcrm -m "$(sed -n '7s/.* //p' "$1/data/postmaster.pid")"
fi
rm -rf "$1"
`

func (c *cluster) startGuard() error {
	c.guard = c.command("/bin/sh", "-c", guardScript, "testpostgres", c.folder, c.programs)
	alive, err := c.guard.StdinPipe()
	if err != nil {
		return err
	}
	c.alive = alive
	return c.guard.Start()
}

// close lets the guard do its work, and waits for it.
func (c *cluster) close() error {
	err := c.alive.Close()
	if c.postmaster != nil {
		<-c.ended
	}
	return errors.Join(err, c.guard.Wait())
}

// command is a program that runs as the user of the cluster, in a session of its own and
// in its folder. Its environment has no settings of PostgreSQL.
func (c *cluster) command(path string, args ...string) *exec.Cmd {
	cmd := exec.Command(path, args...)
	cmd.Dir = c.folder
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	c.account.apply(cmd)
	return cmd
}

// run runs a program of PostgreSQL to its end.
func (c *cluster) run(program string, args ...string) error {
	cmd := c.command(filepath.Join(c.programs, program), args...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", program, err, output.Bytes())
	}
	return nil
}

// shell runs commands in the folder of the cluster.
func (c *cluster) shell(commands string) error {
	if output, err := c.command("/bin/sh", "-ec", commands).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", commands, err, output)
	}
	return nil
}

func (c *cluster) data() string { return filepath.Join(c.folder, "data") }

// settings make a server quick, and as strange as one may be: its time zone is not
// a whole number of hours from UTC.
const settings = `
fsync = off
full_page_writes = off
max_wal_size = 4GB
checkpoint_timeout = 1h
shared_buffers = 64MB
max_connections = 200
timezone = 'Asia/Kathmandu'
log_line_prefix = '%m [%p] %q%a '
`

// alone are the settings of a server that needs no standby.
const alone = `
wal_level = minimal
max_wal_senders = 0
`

// access lets every role in without a password, but the role scram over TCP.
const access = `
host all scram 127.0.0.1/32 scram-sha-256
local all all trust
host all all 127.0.0.1/32 trust
local replication all trust
host replication all 127.0.0.1/32 trust
`

// initialize makes the data of a new server.
func (c *cluster) initialize(more []string) error {
	err := c.run("initdb", "--pgdata="+c.data(), "--username="+superuser, "--auth=trust", "--no-sync",
		"--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US")
	if err != nil {
		return err
	}
	return c.configure(settings + alone + strings.Join(more, "\n") + "\n")
}

func (c *cluster) configure(lines string) error {
	file, err := os.OpenFile(filepath.Join(c.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(lines)
	return errors.Join(err, file.Close())
}

// starts is how often a start is tried: the port that was free may have been taken.
const starts = 3

// start starts the server and waits until it takes connections. The port stays that of
// the first start.
func (c *cluster) start() error {
	if c.port != 0 {
		return c.startOnce()
	}
	var err error
	for range starts {
		if c.port, err = FreePort(); err != nil {
			return err
		}
		if err = c.startOnce(); err == nil {
			return nil
		}
	}
	return err
}

// FreePort returns a port of the loopback interface that is not in use.
func FreePort() (int, error) {
	listener, err := net.Listen("tcp", loopback+":0")
	if err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}

func (c *cluster) startOnce() error {
	cmd := c.command(filepath.Join(c.programs, "postgres"), "-D", c.data(),
		"-c", "port="+strconv.Itoa(c.port), "-c", "listen_addresses="+loopback,
		"-c", "unix_socket_directories="+c.folder, "-c", "hba_file="+filepath.Join(c.folder, "hba"))
	log, err := os.OpenFile(filepath.Join(c.folder, logName), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	hba := filepath.Join(c.folder, "hba")
	if err := errors.Join(os.WriteFile(hba, []byte(access), 0o600), c.account.own(hba), cmd.Start()); err != nil {
		return err
	}
	c.postmaster, c.ended = cmd, make(chan struct{})
	go func() {
		defer close(c.ended)
		_ = cmd.Wait()
	}()
	return c.awaitReady()
}

// awaitReady polls: a server tells nobody but its log that it is ready.
func (c *cluster) awaitReady() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	address := fmt.Sprintf("host=%s port=%d user=%s dbname=postgres", c.folder, c.port, superuser)
	for {
		conn, err := pgx.Connect(ctx, address)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-c.ended:
			return fmt.Errorf("postgres ended at its start:\n%s", c.lastWords())
		case <-ctx.Done():
			return fmt.Errorf("postgres is not ready after %v: %w\n%s", patience, err, c.lastWords())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// lastWords returns the end of the log.
func (c *cluster) lastWords() string {
	content, err := os.ReadFile(filepath.Join(c.folder, logName))
	if err != nil {
		return err.Error()
	}
	const most = 4000
	return string(content[max(0, len(content)-most):])
}

// kill ends all processes at once. The postmaster is stopped first: it would start
// others in place of those that were killed.
func (c *cluster) kill() error {
	err := stopAndKill(c.postmaster.Process.Pid)
	<-c.ended
	return err
}
