package dnanexus

import (
	"encoding/json"

	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// fieldSet is a description by field, of which some are returned.
type fieldSet map[string]json.RawMessage

// fieldsOf splits a description into its fields.
func fieldsOf(description any) (fieldSet, error) {
	encoded, err := json.Marshal(description)
	if err != nil {
		return nil, err
	}
	var fields fieldSet
	return fields, json.Unmarshal(encoded, &fields)
}

// choose returns the wanted fields, the ID and the extras, which are asked for by
// keys of their own. Without a choice, or with defaultFields, it returns all.
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
