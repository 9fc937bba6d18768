package dnanexus

import (
	"encoding/json"

	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// fieldSet is a description of which some fields are answered.
type fieldSet map[string]json.RawMessage

// fieldsOf takes a description apart.
func fieldsOf(description any) (fieldSet, error) {
	encoded, err := json.Marshal(description)
	if err != nil {
		return nil, err
	}
	var fields fieldSet
	return fields, json.Unmarshal(encoded, &fields)
}

// choose keeps what was asked for. Without a choice everything stays; with
// one, the ID stays too and the extras, which were asked for in another way, and
// the rest only when defaultFields says so.
func (s fieldSet) choose(wanted wire.DescribeFields, extras map[string]bool) fieldSet {
	if wanted.Fields == nil || (wanted.DefaultFields != nil && *wanted.DefaultFields) {
		return s
	}
	for name := range s {
		if name != "id" && !wanted.Fields[name] && !extras[name] {
			delete(s, name)
		}
	}
	return s
}
