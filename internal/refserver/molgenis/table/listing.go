package table

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/budget"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/failure"
	"github.com/dxauth/dxauth/internal/refserver/molgenis/rsql"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

// Bounds of a page, as on the platform.
const (
	usualPage   = 100
	longestPage = 10_000
)

// MaxSorted bounds how many rows are kept in order to sort them. budget.Matching bounds
// the rest of the work.
const MaxSorted = 100_000

// Listing is what a request asks for in a list.
type Listing struct {
	Meta   wire.EntityMeta
	query  rsql.Expr
	Chosen []string // attributes, in the order of the entity
	Start  int
	Num    int
	order  []sortKey
}

type sortKey struct {
	attribute  string
	descending bool
}

// ReadListing reads the parameters of a list, of which an empty one counts as absent. rewrite
// returns a query that uses only attributes that rows have.
func ReadListing(query url.Values, meta wire.EntityMeta, rewrite func(rsql.Expr) rsql.Expr) (l Listing, err error) {
	l.Meta = meta
	if l.query, err = rsql.Parse(query.Get("q")); err != nil {
		return l, failure.New(http.StatusBadRequest, "%s", err)
	}
	l.query = rewrite(l.query)
	if l.Chosen, err = Chosen(query, meta); err != nil {
		return l, err
	}
	if l.Start, err = number(query, "start", 0); err != nil {
		return l, err
	}
	if l.Num, err = number(query, "num", usualPage); err != nil {
		return l, err
	}
	if l.Num > longestPage {
		return l, failure.New(http.StatusBadRequest, "num must be less than or equal to %d", longestPage)
	}
	l.order, err = orderOf(query, meta)
	return l, err
}

func number(query url.Values, name string, usual int) (int, error) {
	sent := query.Get(name)
	if sent == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(sent)
	if err != nil || n < 0 {
		return 0, failure.New(http.StatusBadRequest, "%s must be a number, at least 0", name)
	}
	return n, nil
}

// orderOf reads attr[:asc|:desc],… of sort, or the sortColumn and sortOrder of
// older routes.
func orderOf(query url.Values, meta wire.EntityMeta) (order []sortKey, err error) {
	sort := query.Get("sort")
	if column := query.Get("sortColumn"); sort == "" && column != "" {
		sort = column + ":" + cmp.Or(strings.ToLower(query.Get("sortOrder")), "asc")
	}
	if sort == "" {
		return nil, nil
	}
	for _, part := range strings.Split(sort, ",") {
		attribute, direction, _ := strings.Cut(part, ":")
		if !Has(meta, attribute) {
			return nil, NoAttribute(attribute)
		}
		switch direction {
		case "", "asc", "desc":
		default:
			return nil, failure.New(http.StatusBadRequest, "Invalid value '%s' of sort: must be asc or desc", direction)
		}
		order = append(order, sortKey{attribute, direction == "desc"})
	}
	return order, nil
}

// Chosen reads attrs: names separated by commas. It ignores parentheses, which choose
// attributes of a reference.
func Chosen(query url.Values, meta wire.EntityMeta) (chosen []string, err error) {
	wanted := map[string]bool{}
	for _, name := range strings.Split(withoutParentheses(query.Get("attrs")), ",") {
		switch {
		case name == "" || name == "*" || strings.HasPrefix(name, "~"): // ~id and the like
		case !Has(meta, name):
			return nil, NoAttribute(name)
		default:
			wanted[name] = true
		}
	}
	for _, attribute := range meta.Attributes {
		if len(wanted) == 0 || wanted[attribute.Name] {
			chosen = append(chosen, attribute.Name)
		}
	}
	return chosen, nil
}

func withoutParentheses(text string) string {
	depth := 0
	return strings.Map(func(r rune) rune {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case depth <= 0:
			return r
		}
		return -1
	}, text)
}

// Has reports whether an entity has an attribute.
func Has(meta wire.EntityMeta, name string) bool {
	return slices.ContainsFunc(meta.Attributes, func(a wire.Attribute) bool { return a.Name == name })
}

// NoAttribute refuses an attribute that an entity does not have.
func NoAttribute(name string) error {
	return failure.New(http.StatusBadRequest, "Unknown attribute '%s'", name)
}

// Source reads the rows of an entity that a caller sees.
type Source struct {
	// Rows passes the rows to each, limited by the query as far as an index can. An error
	// of each ends it.
	Rows func(query rsql.Expr, each func(Row) error) error
	// From returns at most num rows, from a number on, and how many numbers there are. Some
	// numbers have no row.
	From func(start, num int) (rows []Row, total int, err error)
}

// Page has the rows of a page, which ends by bytes, too.
type Page struct {
	Rows  []Row
	Next  int // the number with which the next page starts
	Total int // how many numbers there are
}

// Page reads a page, in its turn. Without a query and an order it reads only that page.
func (l Listing) Page(ctx context.Context, source Source) (Page, error) {
	if _, err := budget.Turn(ctx); err != nil {
		return Page{}, err
	}
	if l.query != nil || len(l.order) > 0 {
		return l.matching(source)
	}
	rows, total, err := source.From(l.Start, l.Num)
	if rows = Fitting(rows); len(rows) == 0 || err != nil {
		return Page{Next: total, Total: total}, err
	}
	return Page{rows, rows[len(rows)-1].Number + 1, total}, nil
}

// matching reads all rows to find those of a page. It refuses what takes too long, apart
// from the time in which rows are read.
func (l Listing) matching(source Source) (Page, error) {
	w := window{Listing: l, end: l.Start + min(l.Num, math.MaxInt-l.Start)}
	cost, left := 1+rsql.Cost(l.query, len(l.Meta.Attributes)), budget.Matching()
	reading := time.Now()
	err := source.Rows(l.query, func(candidate Row) error {
		left.Extend(time.Since(reading))
		defer func() { reading = time.Now() }()
		if left.Spend(cost, 0); left.Spent() {
			return errTooMuch()
		}
		fits, err := rsql.Match(l.query, candidate)
		if errors.Is(err, rsql.ErrNoAttribute) {
			return failure.New(http.StatusBadRequest, "%s", err)
		}
		if fits {
			w.take(candidate)
		}
		if len(w.kept) > MaxSorted {
			return failure.New(http.StatusBadRequest, "The list is too long to be sorted up to there: narrow it with q")
		}
		return err
	})
	rows := Fitting(w.rows())
	return Page{rows, l.Start + len(rows), w.seen}, err
}

func errTooMuch() error {
	return failure.New(http.StatusBadRequest, "Too many rows to search or sort: compare id or User with one value, or leave out q and sort")
}

// Fitting returns as many of the rows as fit into a page of budget.MaxBytes, at least
// one.
func Fitting(rows []Row) []Row {
	bytes := 0
	for i, row := range rows {
		if bytes += row.Size(); i > 0 && bytes > budget.MaxBytes {
			return rows[:i]
		}
	}
	return rows
}

// window collects the rows that the page may need: without an order the page
// itself, with an order all rows before its end.
type window struct {
	Listing
	end   int // of the page
	seen  int
	kept  []Row
	bytes int // of those kept without an order
}

// keptAtLeast is how many rows are kept before a sort drops some.
const keptAtLeast = 1000

func (w *window) take(r Row) {
	at := w.seen
	w.seen++
	switch {
	case len(w.order) > 0:
		w.kept = append(w.kept, r)
		if len(w.kept) > keptAtLeast && len(w.kept)/2 > w.end {
			w.sort()
		}
	case w.Start <= at && at < w.end && w.bytes <= budget.MaxBytes:
		w.kept = append(w.kept, r)
		w.bytes += r.Size()
	}
}

// sort drops the rows after the page.
func (w *window) sort() {
	slices.SortStableFunc(w.kept, w.compare)
	w.kept = slices.Clip(w.kept[:min(len(w.kept), w.end)])
}

func (w *window) rows() []Row {
	if len(w.order) == 0 {
		return w.kept
	}
	w.sort()
	return w.kept[min(w.Start, len(w.kept)):]
}

func (l Listing) compare(a, b Row) int {
	for _, key := range l.order {
		textA, _ := a.Text(key.attribute)
		textB, _ := b.Text(key.attribute)
		switch order := cmp.Compare(textA, textB); {
		case order == 0:
		case key.descending:
			return -order
		default:
			return order
		}
	}
	return 0
}
