package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/directory"
)

// ScanProjects implements directory.Tx. It reads the permissions of each grantee in
// the order of the primary key and merges them, so that the rows of a window cost
// the same however many follow; or, if few projects meet a condition of the search,
// only the permissions on those. Then it checks the conditions on each row.
func (t tx) ScanProjects(ctx context.Context, search directory.Query) (directory.Scan, error) {
	isNothing := search.IDs != nil && len(search.IDs) == 0
	if isNothing || len(search.Grantees) == 0 && !search.Billed {
		return directory.Scan{}, nil
	}
	few, err := t.narrow(ctx, search)
	if err != nil {
		return directory.Scan{}, err
	}
	query, args := scanQuery(search, few)
	var scan directory.Scan
	err = t.each(ctx, query, args, func(rows Rows) error {
		var candidate directory.Candidate
		var level directory.Level
		var fits bool
		err := rows.Scan(&candidate.Position, &level, &candidate.Name, &fits)
		scan.Next = max(scan.Next, candidate.Position)
		scan.Rows++
		// The last project of a full window may have other permissions behind it.
		isLast := scan.Rows == search.Window
		if fits && (isLast || search.Billed || level >= search.MinLevel) {
			scan.Candidates = append(scan.Candidates, candidate)
		}
		return err
	})
	if scan.Rows < search.Window {
		scan.Next = 0
	}
	byPosition := func(a, b directory.Candidate) int { return cmp.Compare(a.Position, b.Position) }
	slices.SortFunc(scan.Candidates, byPosition)
	scan.Candidates = slices.CompactFunc(scan.Candidates, func(a, b directory.Candidate) bool { return a.Position == b.Position })
	return scan, err
}

// maxParts bounds the ordered lists that are merged. With more grantees, several
// share a list, which costs a sort.
const maxParts = 100

// scanQuery returns the query for one row per permission in the window: the number
// of the project, the level, its name if a pattern needs it, and whether it meets the
// conditions. Only the window is limited, not the rows that fit, so the engine looks
// at no row after it.
func scanQuery(search directory.Query, few narrowed) (string, []any) {
	where := conditionsOf(search)
	name, join := `''`, ``
	if where.onProject {
		join = ` CROSS JOIN projects p ON p.no = scanned.no` // in this order
	}
	if search.Matches != nil {
		name = `p.name`
	}
	window, args := windowQuery(search, few)
	return `WITH scanned AS MATERIALIZED (` + window + `) SELECT scanned.no, scanned.level, ` + name + `, 1 = 1` + where.sql.String() +
		` FROM scanned` + join, slices.Concat(args, where.args)
}

// windowQuery returns the query for the next permissions of the grantees or, if
// Billed, the next projects of the payer, in order of the projects. A search by ID
// looks at the named projects only.
func windowQuery(search directory.Query, few narrowed) (string, []any) {
	switch {
	case search.Billed && search.IDs != nil:
		return `SELECT no, 0 AS level FROM projects WHERE bill_to = ? AND no > ? AND id IN (` + placeholders(len(search.IDs)) + `) ORDER BY no LIMIT ?`,
			slices.Concat([]any{search.BillTo, search.After}, anys(search.IDs), []any{search.Window})
	case search.Billed:
		return `SELECT no, 0 AS level FROM projects WHERE bill_to = ? AND no > ? ORDER BY no LIMIT ?`,
			[]any{search.BillTo, search.After, search.Window}
	case search.IDs != nil:
		return `SELECT pm.project_no AS no, pm.level AS level FROM projects p CROSS JOIN permissions pm ON pm.project_no = p.no
			WHERE p.id IN (` + placeholders(len(search.IDs)) + `) AND p.no > ? AND pm.grantee IN (` + placeholders(len(search.Grantees)) + `)
			ORDER BY 1 LIMIT ?`,
			slices.Concat(anys(search.IDs), []any{search.After}, anys(search.Grantees), []any{search.Window})
	}
	only := ""
	if few.query != "" {
		only = ` AND pm.project_no IN (` + few.query + `)`
	}
	var parts []string
	var args []any
	for some := range slices.Chunk(search.Grantees, 1+len(search.Grantees)/maxParts) {
		parts = append(parts, `SELECT pm.project_no AS no, pm.level AS level FROM permissions pm
			WHERE pm.grantee IN (`+placeholders(len(some))+`) AND pm.project_no > ?`+only)
		args = append(append(append(args, anys(some)...), search.After), few.args...)
	}
	return strings.Join(parts, " UNION ALL ") + " ORDER BY 1 LIMIT ?", append(args, search.Window)
}

// conditions is the part of a WHERE clause after the first AND.
type conditions struct {
	sql       strings.Builder
	args      []any
	onProject bool // a condition uses the table of projects
}

func (c *conditions) add(condition string, args ...any) {
	c.sql.WriteString(" AND " + condition)
	c.args = append(c.args, args...)
}

// project adds a condition on the table of projects if it is wanted.
func (c *conditions) project(wanted bool, condition string, args ...any) {
	if !wanted {
		return
	}
	c.onProject = true
	c.add(condition, args...)
}

// conditionsOf returns the conditions of a search on a row of the window.
func conditionsOf(search directory.Query) *conditions {
	const number = `scanned.no`
	c := &conditions{onProject: search.Matches != nil}
	if search.Public != nil {
		c.add(`EXISTS (SELECT 1 FROM permissions pb WHERE pb.grantee = 'PUBLIC' AND pb.project_no = `+number+`) = ?`, *search.Public)
	}
	if search.Labels.Kind != directory.AllRules || len(search.Labels.Rules) > 0 {
		condition, args := ruleQuery(search.Labels, number)
		c.add(condition, args...)
	}
	c.project(search.Name != "", `p.name = ?`, search.Name)
	c.project(search.Prefix != "", `p.name >= ?`, search.Prefix)
	c.project(above(search.Prefix) != "", `p.name < ?`, above(search.Prefix))
	c.project(search.BillTo != "", `p.bill_to = ?`, search.BillTo)
	c.project(search.CreatedBy != "", `p.created_by = ?`, search.CreatedBy)
	c.project(len(search.Regions) > 0, `p.region IN (`+placeholders(len(search.Regions))+`)`, anys(search.Regions)...)
	c.flag(`p.contains_phi = ?`, search.ContainsPHI)
	c.flag(`p.upload_restricted = ?`, search.UploadRestricted)
	c.span(`p.created`, search.Created)
	c.span(`p.modified`, search.Modified)
	return c
}

func (c *conditions) flag(condition string, wanted *bool) {
	if wanted != nil {
		c.project(true, condition, *wanted)
	}
}

func (c *conditions) span(column string, span directory.Span) {
	c.project(!span.From.IsZero(), column+` >= ?`, millis{&span.From})
	c.project(!span.To.IsZero(), column+` <= ?`, millis{&span.To})
}

// ruleQuery returns the condition of a rule.
func ruleQuery(rule directory.Rule, number string) (string, []any) {
	switch rule.Kind {
	case directory.TagThere:
		return `EXISTS (SELECT 1 FROM project_tags l WHERE l.project_no = ` + number + ` AND l.tag = ?)`, []any{rule.Key}
	case directory.PropertyThere:
		return `EXISTS (SELECT 1 FROM project_properties l WHERE l.project_no = ` + number + ` AND l.name = ?)`, []any{rule.Key}
	case directory.PropertyEquals:
		return `EXISTS (SELECT 1 FROM project_properties l WHERE l.project_no = ` + number + ` AND l.name = ? AND l.value = ?)`,
			[]any{rule.Key, rule.Value}
	case directory.AnyRule:
		return joined(rule.Rules, number, ` OR `, `1 = 0`)
	default:
		return joined(rule.Rules, number, ` AND `, `1 = 1`)
	}
}

// joined joins the conditions of rules; none is the condition if there are no
// rules.
func joined(rules []directory.Rule, number, operator, none string) (string, []any) {
	if len(rules) == 0 {
		return none, nil
	}
	var parts []string
	var args []any
	for _, rule := range rules {
		part, more := ruleQuery(rule, number)
		parts = append(parts, part)
		args = append(args, more...)
	}
	return `(` + strings.Join(parts, operator) + `)`, args
}

// anys turns strings into arguments.
func anys(list []string) []any {
	args := make([]any, len(list))
	for i, s := range list {
		args[i] = s
	}
	return args
}

// ProjectsAt implements directory.Tx.
func (t tx) ProjectsAt(ctx context.Context, query directory.Positions) ([]directory.Found, error) {
	found, err := t.projectsAt(ctx, query)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	grantees, numbers := query.Grantees, make([]any, len(found))
	if !slices.Contains(grantees, directory.Public) {
		grantees = append(slices.Clone(grantees), directory.Public)
	}
	at := map[int64]map[string]directory.Level{}
	for i := range found {
		found[i].Permissions = map[string]directory.Level{}
		at[found[i].Position], numbers[i] = found[i].Permissions, found[i].Position
	}
	err = t.each(ctx, `SELECT project_no, grantee, level FROM permissions
		WHERE project_no IN (`+placeholders(len(numbers))+`) AND grantee IN (`+placeholders(len(grantees))+`)`,
		append(numbers, anys(grantees)...), func(rows Rows) error {
			var no int64
			var grantee string
			var level directory.Level
			err := rows.Scan(&no, &grantee, &level)
			at[no][grantee] = level
			return err
		})
	return found, err
}

// projectsAt reads the rows of projects until they have as many bytes as the query
// allows.
func (t tx) projectsAt(ctx context.Context, query directory.Positions) ([]directory.Found, error) {
	if len(query.Numbers) == 0 {
		return nil, nil
	}
	numbers := make([]any, len(query.Numbers))
	for i, no := range query.Numbers {
		numbers[i] = no
	}
	var found []directory.Found
	bytes := 0
	err := t.each(ctx, `SELECT no, `+projectColumns+` FROM projects WHERE no IN (`+placeholders(len(numbers))+`) ORDER BY no`,
		numbers, func(rows Rows) error {
			var one directory.Found
			err := rows.Scan(append([]any{&one.Position}, projectFields(&one.Project)...)...)
			found = append(found, one)
			if bytes += one.Project.Size(); err == nil && bytes >= query.Bytes {
				err = errEnough
			}
			return err
		})
	return found, err
}
