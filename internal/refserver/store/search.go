package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/directory"
)

// SearchProjects implements directory.Tx. It reads the grants of each grantee in
// the order of the primary key and merges them, so that a page costs the same
// however many rows follow; or, if few projects meet a condition of the
// search, only the grants on those. Then it reads the projects themselves, with
// every grant on them that counts.
func (t tx) SearchProjects(ctx context.Context, search directory.Query) ([]directory.Found, error) {
	if len(search.Grantees) == 0 && !search.Billed {
		return nil, nil
	}
	numbers, err := t.searchNumbers(ctx, search)
	if err != nil || len(numbers) == 0 {
		return nil, err
	}
	query, args := grantsQuery(numbers, search.Grantees)
	var found []directory.Found
	err = t.each(ctx, query, args, func(rows *sql.Rows) error {
		row, err := scanGrant(rows)
		found = addGrant(found, row)
		return err
	})
	return found, err
}

// maxRows bounds the rows read at once for a pattern that few projects match.
const maxRows = 10_000

// searchNumbers returns the numbers of up to Limit projects. Only a pattern
// makes it read more than once.
func (t tx) searchNumbers(ctx context.Context, search directory.Query) ([]any, error) {
	var numbers []any
	few, err := t.narrow(ctx, search)
	if err != nil {
		return nil, err
	}
	// Each project has at most one grant per grantee.
	limit := search.Limit * max(1, len(search.Grantees))
	for {
		query, args := searchQuery(search, few, limit)
		count := 0
		err = t.each(ctx, query, args, func(rows *sql.Rows) error {
			var no int64
			var name string
			err := rows.Scan(&no, &name)
			count++
			if no != search.After && len(numbers) < search.Limit && (search.Matches == nil || search.Matches(name)) {
				numbers = append(numbers, no)
			}
			search.After = no
			return errors.Join(err, ctx.Err()) // a pattern may be slow, and the caller may have given up
		})
		if err != nil || count < limit || len(numbers) == search.Limit {
			return numbers, err
		}
		limit = min(2*limit, max(maxRows, limit))
	}
}

// maxParts bounds the ordered lists that are merged. With more grantees, several
// share a list, which costs a sort.
const maxParts = 100

// searchQuery returns the query for one project number per grant, in order of
// the projects, with the name of the project if a pattern needs it.
func searchQuery(search directory.Query, few narrowed, limit int) (string, []any) {
	if search.Billed {
		return billedQuery(search, limit)
	}
	where := conditionsOf(search, `pm.project_no`)
	if few.query != "" {
		where.add(`pm.project_no IN (`+few.query+`)`, few.args...)
	}
	name, tables := `''`, `permissions pm`
	if where.onProject {
		tables += ` JOIN projects p ON p.no = pm.project_no`
	}
	if search.Matches != nil {
		name = `p.name`
	}
	var parts []string
	var args []any
	for some := range slices.Chunk(search.Grantees, 1+len(search.Grantees)/maxParts) {
		parts = append(parts, `SELECT pm.project_no AS no, `+name+` FROM `+tables+
			` WHERE pm.grantee IN (`+placeholders(len(some))+`) AND pm.project_no > ?`+where.sql.String())
		args = append(append(append(args, anys(some)...), search.After), where.args...)
	}
	return strings.Join(parts, " UNION ALL ") + " ORDER BY 1 LIMIT ?", append(args, limit)
}

// billedQuery returns the query for the projects of one payer, along their
// index.
func billedQuery(search directory.Query, limit int) (string, []any) {
	where := conditionsOf(search, `p.no`)
	return `SELECT p.no, p.name FROM projects p WHERE p.no > ?` + where.sql.String() + ` ORDER BY p.no LIMIT ?`,
		append(append([]any{search.After}, where.args...), limit)
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

// conditionsOf returns the conditions of a search; number is the column with the
// number of a project.
func conditionsOf(search directory.Query, number string) *conditions {
	c := &conditions{onProject: search.Matches != nil}
	if search.MinLevel > directory.View {
		c.add(`pm.level >= ?`, int(search.MinLevel))
	}
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

// grantsQuery returns the query for one row per grant that counts, in order of
// the projects, and for one row of each project without such a grant.
func grantsQuery(numbers []any, grantees []string) (string, []any) {
	if !slices.Contains(grantees, directory.Public) {
		grantees = append(slices.Clone(grantees), directory.Public)
	}
	return `SELECT p.no, pm.grantee, pm.level, ` + projectColumns + `
		FROM projects p LEFT JOIN permissions pm ON pm.project_no = p.no AND pm.grantee IN (` + placeholders(len(grantees)) + `)
		WHERE p.no IN (` + placeholders(len(numbers)) + `) ORDER BY p.no`, append(anys(grantees), numbers...)
}

// grantRow is a grant with its project.
type grantRow struct {
	grantee sql.NullString
	level   sql.Null[directory.Level]
	found   directory.Found
}

func scanGrant(rows *sql.Rows) (grantRow, error) {
	var row grantRow
	fields := []any{&row.found.Position, &row.grantee, &row.level}
	err := rows.Scan(append(fields, projectFields(&row.found.Project)...)...)
	return row, err
}

// addGrant appends the project of a row, or adds the grant to the last project
// if that is the same.
func addGrant(list []directory.Found, row grantRow) []directory.Found {
	if len(list) == 0 || list[len(list)-1].Position != row.found.Position {
		row.found.Permissions = map[string]directory.Level{}
		list = append(list, row.found)
	}
	if row.grantee.Valid {
		list[len(list)-1].Permissions[row.grantee.String] = row.level.V
	}
	return list
}
