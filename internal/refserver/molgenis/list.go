package molgenis

import (
	"cmp"
	"encoding/csv"
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

// maxSorted bounds how many rows are kept in order to sort them. budget.Matching bounds
// the rest of the work.
const maxSorted = 100_000

// listing is what a request asks for in a list.
type listing struct {
	meta   wire.EntityMeta
	query  rsql.Expr
	chosen []string // attributes, in the order of the entity
	start  int
	num    int
	order  []sortKey
}

type sortKey struct {
	attribute  string
	descending bool
}

// listingOf reads the parameters of a list. An empty one counts as absent.
func listingOf(query url.Values, e entity) (l listing, err error) {
	meta := e.meta()
	l.meta = meta
	if l.query, err = rsql.Parse(query.Get("q")); err != nil {
		return l, failure.New(http.StatusBadRequest, "%s", err)
	}
	l.query = e.rewrite(l.query)
	if l.chosen, err = chosenAttributes(query, meta); err != nil {
		return l, err
	}
	if l.start, err = number(query, "start", 0); err != nil {
		return l, err
	}
	if l.num, err = number(query, "num", usualPage); err != nil {
		return l, err
	}
	if l.num > longestPage {
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
		if !has(meta, attribute) {
			return nil, noAttribute(attribute)
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

// chosenAttributes reads attrs: names separated by commas. It ignores
// parentheses, which choose attributes of a reference.
func chosenAttributes(query url.Values, meta wire.EntityMeta) (chosen []string, err error) {
	wanted := map[string]bool{}
	for _, name := range strings.Split(withoutParentheses(query.Get("attrs")), ",") {
		switch {
		case name == "" || name == "*" || strings.HasPrefix(name, "~"): // ~id and the like
		case !has(meta, name):
			return nil, noAttribute(name)
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

func has(meta wire.EntityMeta, name string) bool {
	return slices.ContainsFunc(meta.Attributes, func(a wire.Attribute) bool { return a.Name == name })
}

func noAttribute(name string) error {
	return failure.New(http.StatusBadRequest, "Unknown attribute '%s'", name)
}

// A listed page has the rows of a page, which ends by bytes, too. Next is the number with
// which the next page starts, and total how many there are.
type listed struct {
	rows        []row
	next, total int
}

// page reads a page, in its turn. Without a query and an order it reads only that page.
func (l listing) page(c call, e entity) (listed, error) {
	if _, err := budget.Turn(c.ctx); err != nil {
		return listed{}, err
	}
	if l.query != nil || len(l.order) > 0 {
		return l.matching(c, e)
	}
	rows, total, err := e.from(c, l.start, l.num)
	if rows = fitting(rows); len(rows) == 0 || err != nil {
		return listed{next: total, total: total}, err
	}
	return listed{rows, rows[len(rows)-1].number + 1, total}, nil
}

// matching reads all rows to find those of a page. It refuses what takes too long, apart
// from the time in which rows are read.
func (l listing) matching(c call, e entity) (listed, error) {
	w := window{listing: l, end: l.start + min(l.num, math.MaxInt-l.start)}
	cost, left := 1+rsql.Cost(l.query, len(l.meta.Attributes)), budget.Matching()
	reading := time.Now()
	err := e.rows(c, l.query, func(candidate row) error {
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
		if len(w.kept) > maxSorted {
			return failure.New(http.StatusBadRequest, "The list is too long to be sorted up to there: narrow it with q")
		}
		return err
	})
	rows := fitting(w.rows())
	return listed{rows, l.start + len(rows), w.seen}, err
}

func errTooMuch() error {
	return failure.New(http.StatusBadRequest, "Too many rows to search or sort: compare id or User with one value, or leave out q and sort")
}

// fitting returns as many of the rows as fit into a page of budget.MaxBytes, at least
// one.
func fitting(rows []row) []row {
	bytes := 0
	for i, row := range rows {
		if bytes += row.size(); i > 0 && bytes > budget.MaxBytes {
			return rows[:i]
		}
	}
	return rows
}

// window collects the rows that the page may need: without an order the page
// itself, with an order all rows before its end.
type window struct {
	listing
	end   int // of the page
	seen  int
	kept  []row
	bytes int // of those kept without an order
}

// keptAtLeast is how many rows are kept before a sort drops some.
const keptAtLeast = 1000

func (w *window) take(r row) {
	at := w.seen
	w.seen++
	switch {
	case len(w.order) > 0:
		w.kept = append(w.kept, r)
		if len(w.kept) > keptAtLeast && len(w.kept)/2 > w.end {
			w.sort()
		}
	case w.start <= at && at < w.end && w.bytes <= budget.MaxBytes:
		w.kept = append(w.kept, r)
		w.bytes += r.size()
	}
}

// sort drops the rows after the page.
func (w *window) sort() {
	slices.SortStableFunc(w.kept, w.compare)
	w.kept = slices.Clip(w.kept[:min(len(w.kept), w.end)])
}

func (w *window) rows() []row {
	if len(w.order) == 0 {
		return w.kept
	}
	w.sort()
	return w.kept[min(w.start, len(w.kept)):]
}

func (l listing) compare(a, b row) int {
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

func (h *Handler) listV1(c call, e entity) (answer, error) {
	return list(c, e, wire.RouteV1, row.inV1)
}

func (h *Handler) listV2(c call, e entity) (answer, error) {
	return list(c, e, wire.RouteV2, row.inV2)
}

func list(c call, e entity, api string, show func(row, wire.EntityMeta, []string) map[string]any) (answer, error) {
	l, err := listingOf(c.query, e)
	if err != nil {
		return answer{}, err
	}
	page, err := l.page(c, e)
	if err != nil {
		return answer{}, err
	}
	href := api + l.meta.Name
	shown := wire.Collection[map[string]any]{
		Href: href, Meta: &l.meta, Start: l.start, Num: l.num, Total: page.total, Items: []map[string]any{},
	}
	for _, row := range page.rows {
		shown.Items = append(shown.Items, show(row, l.meta, l.chosen))
	}
	if l.start > 0 && l.num > 0 {
		shown.PrevHref = hrefAt(href, c.query, max(0, l.start-l.num))
	}
	if len(page.rows) > 0 && page.next < page.total {
		shown.NextHref = hrefAt(href, c.query, page.next)
	}
	return inJSON(http.StatusOK, shown)
}

// hrefAt returns the address of another page of the same list. It does not
// repeat a token in the query.
func hrefAt(href string, query url.Values, start int) string {
	other := url.Values{"start": {strconv.Itoa(start)}}
	for _, name := range []string{"num", "q", "attrs", "sort"} {
		if value := query.Get(name); value != "" {
			other.Set(name, value)
		}
	}
	return href + "?" + other.Encode()
}

// csv returns a list as CSV, with the names of the attributes in the first line. It
// refuses a list that is longer than a page of bytes, because CSV cannot say that.
func (h *Handler) csv(c call, e entity) (answer, error) {
	l, err := listingOf(c.query, e)
	if err != nil {
		return answer{}, err
	}
	page, err := l.page(c, e)
	if err != nil {
		return answer{}, err
	}
	if len(page.rows) < l.num && page.next < page.total {
		return answer{}, failure.New(http.StatusBadRequest, "The file would be larger than 1 MiB: set num to %d or less", len(page.rows))
	}
	var text strings.Builder
	writer := csv.NewWriter(&text)
	lines := [][]string{l.chosen}
	for _, row := range page.rows {
		line := make([]string, len(l.chosen))
		for i, name := range l.chosen {
			line[i], _ = row.Text(name)
		}
		lines = append(lines, line)
	}
	if err := writer.WriteAll(lines); err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, text: text.String(), textType: "text/csv; charset=utf-8"}, nil
}
