package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/directory"
)

// SearchProjects implements directory.Tx. Each grantee's grants are read in the
// order of the primary key and merged, so that a page costs as much as its
// rows, however many there are behind it; or only those on the few projects that
// fulfil a part of the search. Then the projects themselves are read, with every
// grant on them that counts.
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

// maxRows bounds how many rows are read at once where a pattern lets few pass.
const maxRows = 10_000

// searchNumbers answers the numbers of the projects, as many as are asked for.
// Only a pattern makes it read more than once.
func (t tx) searchNumbers(ctx context.Context, search directory.Query) ([]any, error) {
	var numbers []any
	few, err := t.narrow(ctx, search)
	if err != nil {
		return nil, err
	}
	// The grants of as many projects as are asked for, whoever they are for.
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
			return errors.Join(err, ctx.Err()) // a pattern may be slow, and nobody wait for it any more
		})
		if err != nil || count < limit || len(numbers) == search.Limit {
			return numbers, err
		}
		limit = min(2*limit, max(maxRows, limit))
	}
}

// maxParts is how many ordered lists are merged at most. Somebody with more
// grantees shares them out, and pays with a sort.
const maxParts = 100

// searchQuery asks for one number for each grant, those of a project together,
// and beside it for the name where that is to match.
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

// billedQuery asks for the projects of one payer, along the index of those.
func billedQuery(search directory.Query, limit int) (string, []any) {
	where := conditionsOf(search, `p.no`)
	return `SELECT p.no, p.name FROM projects p WHERE p.no > ?` + where.sql.String() + ` ORDER BY p.no LIMIT ?`,
		append(append([]any{search.After}, where.args...), limit)
}

// conditions are what follows after AND.
type conditions struct {
	sql       strings.Builder
	args      []any
	onProject bool // one of them needs the project itself
}

func (c *conditions) add(condition string, args ...any) {
	c.sql.WriteString(" AND " + condition)
	c.args = append(c.args, args...)
}

// project adds a condition on the project where it is wanted.
func (c *conditions) project(wanted bool, condition string, args ...any) {
	if !wanted {
		return
	}
	c.onProject = true
	c.add(condition, args...)
}

// conditionsOf finds the number of a project in a column.
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

// ruleQuery is the condition of a rule.
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

// joined puts rules together; none is what no rules say.
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

// anys makes arguments of strings.
func anys(list []string) []any {
	args := make([]any, len(list))
	for i, s := range list {
		args[i] = s
	}
	return args
}

// grantsQuery asks for one row for each grant on the projects that counts, the
// grants of a project together, and for one row where none does.
func grantsQuery(numbers []any, grantees []string) (string, []any) {
	if !slices.Contains(grantees, directory.Public) {
		grantees = append(slices.Clone(grantees), directory.Public)
	}
	return `SELECT p.no, pm.grantee, pm.level, ` + projectColumns + `
		FROM projects p LEFT JOIN permissions pm ON pm.project_no = p.no AND pm.grantee IN (` + placeholders(len(grantees)) + `)
		WHERE p.no IN (` + placeholders(len(numbers)) + `) ORDER BY p.no`, append(anys(grantees), numbers...)
}

// grantRow is one grant with its project.
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

// addGrant appends a row's project, or adds the grant to the last project where
// it is the same.
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
