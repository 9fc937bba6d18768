package servecmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refusal"
)

// auditOptions are the flags of serve audit.
type auditOptions struct {
	store        storeFlags
	query        refserver.AuditQuery
	since, until time.Duration // ago; 0: not limited
	now          func() time.Time
}

// newAudit returns the command serve audit.
func newAudit() *cobra.Command {
	o := auditOptions{now: time.Now}
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Print the audit log of a server, also while it runs",
		Long: `Print the audit log in the store of a server, the oldest row first: sign-ins,
refused ones included, and every change to accounts, tokens, orgs and projects.
The server may keep running. Whoever can read the store can read the log.

A row has the time, who did it, what was done to whom or what, the result ("ok"
or the reason of a refusal), the network address and the request ID, which is
also in the log of the server and in the X-Request-ID of the response. A token
is named by the first 12 digits of its signature, as "dxauth token list" shows.
With --json each row is a line of JSON, which has the user agent, too, and the
time in milliseconds since 1970.

"dxauth serve --audit-age DURATION" removes older rows; without it they stay.`,
		Example: `  dxauth serve audit --store sqlite:platform.db --last 20
  dxauth serve audit --store sqlite:platform.db --actor alice --action token
  dxauth serve audit --store postgres://db.example.org/dxauth --since 7d --json > audit.jsonl
  dxauth serve audit --store sqlite:platform.db --follow`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			asJSON, err := cmd.Flags().GetBool("json")
			if err != nil {
				return err
			}
			return o.run(cmd, asJSON)
		},
	}
	flags := cmd.Flags()
	o.store.add(cmd, "the `STORE` with the log: sqlite:FILE or postgres://HOST/DATABASE")
	flags.StringVar(&o.query.Actor, "actor", "", "only what this `USER` did; \"the server\" for what it did without a request")
	flags.StringVar(&o.query.Subject, "subject", "", "only what was done to this `ID`: of a user, an org, a project, or the first 12 digits of a signature")
	flags.StringVar(&o.query.Action, "action", "", "only this `ACTION`, such as sign-in or token.new, or all of a kind, such as token")
	flags.StringVar(&o.query.Result, "result", "", "only with this `RESULT`: ok, or the reason of a refusal")
	durationVar(flags, &o.since, "since", 0, "only the last `DURATION`, such as 12h or 7d")
	durationVar(flags, &o.until, "until", 0, "only up to this `DURATION` ago")
	flags.IntVar(&o.query.Last, "last", 0, "only the `NUMBER` newest rows; 0 is all")
	flags.BoolVarP(&o.query.Follow, "follow", "f", false, "wait for further rows until Ctrl-C; begins with the last 10, unless --last or --since says otherwise")
	return cmd
}

// leastAuditAge is the shortest time for which rows are kept: less would be a mistake.
const leastAuditAge = 24 * time.Hour

// checkAuditAge reads the flag of serve.
func checkAuditAge(age time.Duration) error {
	if age != 0 && age < leastAuditAge {
		return refusal.Usagef("--audit-age: must be at least 1d, or 0 to keep all rows")
	}
	return nil
}

// followedRows is with how many rows a log that is followed begins.
const followedRows = 10

func (o auditOptions) run(cmd *cobra.Command, asJSON bool) error {
	chosen, err := o.store.lasting()
	if err != nil {
		return err
	}
	switch {
	case o.query.Last < 0:
		return refusal.Usagef("--last %d: must be at least 0", o.query.Last)
	case o.query.Follow && o.until > 0:
		return refusal.Usagef("--follow and --until exclude each other")
	case o.query.Follow && !cmd.Flags().Changed("last") && o.since == 0:
		o.query.Last = followedRows
	}
	if o.since > 0 {
		o.query.Since = o.now().Add(-o.since)
	}
	if o.until > 0 {
		o.query.Until = o.now().Add(-o.until)
	}
	o.query.Actor = audit.ActorOf(o.query.Actor)
	if _, err := os.Stat(chosen.file); chosen.file != "" && errors.Is(err, fs.ErrNotExist) { // or it would be made
		return refusal.Usagef("--store sqlite:%s: there is no such file", chosen.file)
	}
	chosen.printWeak(cmd.ErrOrStderr())
	var config refserver.Config
	chosen.configure(&config)
	print := printAuditRow
	if asJSON {
		print = printAuditJSON
	}
	err = refserver.ReadAudit(cmd.Context(), config, o.query, func(row audit.Row) error { return print(cmd.OutOrStdout(), row) })
	if err != nil {
		return serverFailed(err)
	}
	return nil
}

// printAuditRow prints a row on a line. What the server does not choose, such as the user
// agent, is left out; what earlier versions wrote could contain it.
func printAuditRow(out io.Writer, row audit.Row) error {
	line := fmt.Sprintf("%s  %-16s  %-18s  %-20s  %-14s  %s  %s", row.Time.UTC().Format("2006-01-02T15:04:05Z"),
		orDash(row.Who()), row.Action, orDash(row.Subject), row.Result, orDash(row.Address), orDash(row.RequestID))
	_, err := fmt.Fprintln(out, strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, line))
	return err
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// auditRow is a row in JSON.
type auditRow struct {
	No        int64  `json:"no"`
	Time      int64  `json:"time"`  // in ms since 1970
	Actor     string `json:"actor"` // user ID, or server for what it did without a request; empty if unknown
	Action    string `json:"action"`
	Subject   string `json:"subject"`
	Result    string `json:"result"`
	Factor    string `json:"factor"` // of a sign-in
	Address   string `json:"address"`
	UserAgent string `json:"userAgent"`
	RequestID string `json:"requestId"`
}

func printAuditJSON(out io.Writer, row audit.Row) error {
	return json.NewEncoder(out).Encode(auditRow{
		No: row.No, Time: row.Time.UnixMilli(), Actor: row.DoneBy(), Action: string(row.Action), Subject: row.Subject, Result: row.Result,
		Factor: row.Factor, Address: row.Address, UserAgent: row.UserAgent, RequestID: row.RequestID,
	})
}
