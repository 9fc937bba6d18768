package dnanexus

import (
	"encoding/json/jsontext"
	jsonv2 "encoding/json/v2"
	"reflect"

	"github.com/dxauth/dxauth/pkg/httpcall"
)

// TimeRange is a span of time; both ends belong to it.
type TimeRange struct {
	After  *int64 `json:"after,omitempty"`  // ms since 1970; absent: open
	Before *int64 `json:"before,omitempty"` // ms since 1970; absent: open
}

// StringList is an array of strings, for which one string may stand alone.
type StringList []string

// MarshalJSON writes a list of one as the string itself.
func (l StringList) MarshalJSON() ([]byte, error) {
	if len(l) == 1 {
		return httpcall.Encode(l[0])
	}
	return httpcall.Encode([]string(l))
}

// UnmarshalJSONFrom reads a string or an array of strings.
func (l *StringList) UnmarshalJSONFrom(decoder *jsontext.Decoder) error {
	switch decoder.PeekKind() {
	case jsontext.KindString, jsontext.KindNull:
		*l = make(StringList, 1)
		return jsonv2.UnmarshalDecode(decoder, &(*l)[0])
	default:
		return jsonv2.UnmarshalDecode(decoder, (*[]string)(l))
	}
}

// Nullable is a key that may be absent, null or a value. Its struct tag has
// omitzero.
type Nullable[T any] struct {
	Present bool
	Value   *T // nil: null
}

// IsZero reports whether the key is absent.
func (n Nullable[T]) IsZero() bool { return !n.Present }

// MarshalJSON writes the value or null.
func (n Nullable[T]) MarshalJSON() ([]byte, error) { return httpcall.Encode(n.Value) }

// UnmarshalJSONFrom reads the value or null.
func (n *Nullable[T]) UnmarshalJSONFrom(decoder *jsontext.Decoder) error {
	n.Present, n.Value = true, nil
	return jsonv2.UnmarshalDecode(decoder, &n.Value)
}

// TagQuery matches tags: that one tag is there, or all of And and, if there
// is an Or, one of those. On the wire it is a string or {"$and": […], "$or": […]},
// nested up to 16 deep.
type TagQuery struct {
	Tag     string
	And, Or []TagQuery
}

// PropertyQuery matches properties: each of Is by its value, or by its presence
// if the value is nil, all of And and, if there is an Or, one of those. On
// the wire it is {"key": "value", "other": true, "$and": […], "$or": […]}.
type PropertyQuery struct {
	Is      map[string]*string
	And, Or []PropertyQuery
}

// The keys that combine queries.
const (
	allOf = "$and"
	anyOf = "$or"
)

// maxNesting bounds how deep queries are nested.
const maxNesting = 16

// errQuery refuses a query of the wrong form. The decoder adds the place of the
// whole query.
func errQuery() error {
	return &jsonv2.SemanticError{GoType: reflect.TypeFor[map[string]any]()}
}

// MarshalJSON writes the string or the object.
func (q TagQuery) MarshalJSON() ([]byte, error) {
	if q.And == nil && q.Or == nil {
		return httpcall.Encode(q.Tag)
	}
	return httpcall.Encode(struct {
		And []TagQuery `json:"$and,omitzero"`
		Or  []TagQuery `json:"$or,omitzero"`
	}{q.And, q.Or})
}

// UnmarshalJSONFrom reads a string or an object with $and and $or.
func (q *TagQuery) UnmarshalJSONFrom(decoder *jsontext.Decoder) (err error) {
	var value any
	if err := jsonv2.UnmarshalDecode(decoder, &value); err != nil {
		return err
	}
	*q, err = tagQueryOf(value, maxNesting)
	return err
}

func tagQueryOf(value any, nesting int) (q TagQuery, err error) {
	if tag, isText := value.(string); isText {
		return TagQuery{Tag: tag}, nil
	}
	object, isObject := value.(map[string]any)
	if !isObject || len(object) == 0 || nesting == 0 {
		return q, errQuery()
	}
	for key, list := range object {
		switch key {
		case allOf:
			q.And, err = queriesOf(list, nesting, tagQueryOf)
		case anyOf:
			q.Or, err = queriesOf(list, nesting, tagQueryOf)
		default:
			err = errQuery()
		}
		if err != nil {
			return q, err
		}
	}
	return q, nil
}

// queriesOf reads the list behind $and or $or.
func queriesOf[Q any](value any, nesting int, read func(any, int) (Q, error)) ([]Q, error) {
	list, isList := value.([]any)
	if !isList {
		return nil, errQuery()
	}
	queries := make([]Q, 0, len(list))
	for _, element := range list {
		query, err := read(element, nesting-1)
		if err != nil {
			return nil, err
		}
		queries = append(queries, query)
	}
	return queries, nil
}

// MarshalJSON writes the object.
func (q PropertyQuery) MarshalJSON() ([]byte, error) {
	object := map[string]any{}
	for key, value := range q.Is {
		if value == nil {
			object[key] = true
		} else {
			object[key] = *value
		}
	}
	if q.And != nil {
		object[allOf] = q.And
	}
	if q.Or != nil {
		object[anyOf] = q.Or
	}
	return httpcall.Encode(object)
}

// UnmarshalJSONFrom reads the object.
func (q *PropertyQuery) UnmarshalJSONFrom(decoder *jsontext.Decoder) (err error) {
	var value any
	if err := jsonv2.UnmarshalDecode(decoder, &value); err != nil {
		return err
	}
	*q, err = propertyQueryOf(value, maxNesting)
	return err
}

func propertyQueryOf(value any, nesting int) (q PropertyQuery, err error) {
	object, isObject := value.(map[string]any)
	if !isObject || nesting == 0 {
		return q, errQuery()
	}
	for key, wanted := range object {
		switch key {
		case allOf:
			q.And, err = queriesOf(wanted, nesting, propertyQueryOf)
		case anyOf:
			q.Or, err = queriesOf(wanted, nesting, propertyQueryOf)
		default:
			err = q.want(key, wanted)
		}
		if err != nil {
			return q, err
		}
	}
	return q, nil
}

// want adds a property with its value, or with true for its presence.
func (q *PropertyQuery) want(key string, value any) error {
	if q.Is == nil {
		q.Is = map[string]*string{}
	}
	switch v := value.(type) {
	case string:
		q.Is[key] = &v
	case bool:
		if !v {
			return errQuery()
		}
		q.Is[key] = nil
	default:
		return errQuery()
	}
	return nil
}
