package httpcall

import (
	"reflect"
	"strings"
)

// MissingList returns the JSON name of a list of rows that a decoded answer lacks or has
// as null, or "": "nothing is there" and "the server did not say" look alike otherwise. An
// answer is a struct or a pointer to one. Its lists of rows are the fields that are slices
// of structs, unless their tag says omitempty or answer:"optional".
func MissingList(answer any) string {
	value := reflect.Indirect(reflect.ValueOf(answer))
	if value.Kind() != reflect.Struct {
		return ""
	}
	for i := range value.NumField() {
		field := value.Type().Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		isRows := field.Type.Kind() == reflect.Slice && field.Type.Elem().Kind() == reflect.Struct
		isOptional := options != "" || field.Tag.Get("answer") == "optional"
		if isRows && name != "" && !isOptional && value.Field(i).IsNil() {
			return name
		}
	}
	return ""
}
