// Command listen is a minimal server: it opens the SQLite file in LISTEN_STORE, prints the
// address on which it listens, and responds to every request with an empty body.
package main

import (
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"os"

	_ "modernc.org/sqlite"
)

func main() {
	if err := run(os.Getenv("LISTEN_STORE")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(store string) error {
	db, err := sql.Open("sqlite", "file:"+store+"?_pragma=journal_mode(WAL)")
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Ping(); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "listening on http://%s\n", listener.Addr())
	return http.Serve(listener, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
}
