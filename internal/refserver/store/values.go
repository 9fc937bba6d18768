package store

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// millis stores a time as milliseconds since 1970, and the zero time as NULL.
type millis struct{ *time.Time }

// Value writes the column.
func (m millis) Value() (driver.Value, error) {
	if m.IsZero() {
		return nil, nil
	}
	return m.UnixMilli(), nil
}

// Scan reads the column.
func (m millis) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*m.Time = time.Time{}
	case int64:
		*m.Time = time.UnixMilli(v).UTC()
	default:
		return fmt.Errorf("cannot read a time from %T", value)
	}
	return nil
}

// span stores a duration as milliseconds; it reads NULL as 0.
type span struct{ *time.Duration }

// Value writes the column.
func (s span) Value() (driver.Value, error) { return s.Milliseconds(), nil }

// Scan reads the column.
func (s span) Scan(value any) error {
	millis, ok := value.(int64)
	if !ok && value != nil {
		return fmt.Errorf("cannot read a duration from %T", value)
	}
	*s.Duration = time.Duration(millis) * time.Millisecond
	return nil
}

// asJSON stores a value as JSON text.
type asJSON struct{ value any }

// Value writes the column.
func (j asJSON) Value() (driver.Value, error) {
	text, err := json.Marshal(j.value)
	return string(text), err
}

// asList returns the argument of json_each(?) for texts, which may be none.
func asList(texts []string) asJSON { return asJSON{append([]string{}, texts...)} }

// texts returns all texts in a value, one after the other.
func (j asJSON) texts() string {
	var all strings.Builder
	addTexts(&all, reflect.ValueOf(j.value))
	return all.String()
}

func addTexts(all *strings.Builder, value reflect.Value) {
	switch value.Kind() {
	case reflect.String:
		all.WriteString(value.String())
	case reflect.Pointer, reflect.Interface:
		if !value.IsNil() {
			addTexts(all, value.Elem())
		}
	case reflect.Slice:
		for i := range value.Len() {
			addTexts(all, value.Index(i))
		}
	case reflect.Map:
		for entries := value.MapRange(); entries.Next(); {
			addTexts(all, entries.Key())
			addTexts(all, entries.Value())
		}
	case reflect.Struct:
		for i := range value.NumField() {
			addTexts(all, value.Field(i))
		}
	}
}

// Scan reads the column.
func (j asJSON) Scan(value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("cannot read JSON from %T", value)
	}
	return json.Unmarshal([]byte(text), j.value)
}

// optional stores a text, and an empty one as NULL.
type optional struct{ *string }

// Value writes the column.
func (o optional) Value() (driver.Value, error) {
	if *o.string == "" {
		return nil, nil
	}
	return *o.string, nil
}

// Scan reads the column.
func (o optional) Scan(value any) error {
	text, ok := value.(string)
	if !ok && value != nil {
		return fmt.Errorf("cannot read a text from %T", value)
	}
	*o.string = text
	return nil
}
