package budget

import "context"

// Part is what one transaction reads of a page. Next is where the next part begins, the
// zero value at the end. A part may have few rows or none without being the last.
type Part[T any, C comparable] struct {
	Rows  []T
	Next  C
	Steps int // of reading it
	Bytes int // of texts in its rows
}

// Full reports whether a part should end, so that its transaction stays short.
func (p Part[T, C]) Full() bool { return p.Steps >= maxPart || p.Bytes >= MaxBytes }

// maxPart is how many steps end a part.
const maxPart = 1000

// Page reads a page of at most limit rows in parts, a turn each, until it is full or a
// budget is spent. Read gets where a part begins and how many rows it may have; the Next of a part
// must be further than that. Page returns where the next page begins, the zero value at
// the end.
func Page[T any, C comparable](ctx context.Context, after C, limit int, read func(after C, limit int) (Part[T, C], error)) (rows []T, next C, err error) {
	var end C
	for left := New(); ; {
		if err := left.Turn(ctx); err != nil {
			return nil, end, err
		}
		part, err := read(after, limit-len(rows))
		if err != nil {
			return nil, end, err
		}
		rows = append(rows, part.Rows...)
		left.Spend(part.Steps, part.Bytes)
		if part.Next == end || len(rows) >= limit || left.Spent() {
			return rows, part.Next, nil
		}
		after = part.Next
	}
}
