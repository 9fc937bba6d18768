package postgres

import "context"

// Risks returns what about the database's settings could lose a change that it has
// acknowledged, each as a sentence; none if a standby has every change before it counts.
func (s *Store) Risks(ctx context.Context) ([]string, error) {
	var d durability
	err := s.use(ctx, func(c *conn) error {
		return c.note(c.QueryRow(context.WithoutCancel(ctx), `SELECT current_setting('fsync'), current_setting('full_page_writes'),
			current_setting('synchronous_commit'), current_setting('synchronous_standby_names')`).
			Scan(&d.fsync, &d.fullPages, &d.commit, &d.standbys))
	})
	if err != nil {
		return nil, err
	}
	return d.risks(), nil
}

// durability are settings of PostgreSQL, as a session of ours sees them.
type durability struct{ fsync, fullPages, commit, standbys string }

func (d durability) risks() []string {
	var risks []string
	if d.fsync == "off" || d.fullPages == "off" {
		risks = append(risks, "fsync or full_page_writes is off in the database: if its machine crashes, everything may be lost")
	}
	switch {
	case d.commit == "off":
		return append(risks, "synchronous_commit is off in the database: a change that was acknowledged may be lost if it crashes")
	case d.standbys == "":
		return append(risks, "synchronous_standby_names is empty in the database: a change that was acknowledged is lost if its machine is lost or another one takes over")
	case d.commit == "local":
		return append(risks, "synchronous_commit is local in the database: a change that was acknowledged is lost if a standby takes over")
	case d.commit == "remote_write":
		return append(risks, "synchronous_commit is remote_write in the database: a change that was acknowledged may be lost if the standby's machine crashes, too")
	}
	return risks
}
