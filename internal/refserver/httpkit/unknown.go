package httpkit

import (
	"encoding"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// UnknownKeys counts the keys of requests that their routes do not know, so that a
// client that sends more than the server understands is noticed. It keeps and logs
// names only, never values, and few of them, because anyone can send them. The zero
// value is ready to use.
type UnknownKeys struct {
	mutex  sync.Mutex
	counts map[string]int // by "ROUTE KEY"
}

const (
	maxUnknownKeys = 64 // distinct ones; all further ones are counted as one
	maxKeyLength   = 32 // in characters
	otherKeys      = "others"
)

// Note counts the keys of a body that a value of type into has no fields for, and
// logs a key when its count becomes a power of two.
func (u *UnknownKeys) Note(log *slog.Logger, route string, body []byte, into reflect.Type) {
	if string(body) == "{}" {
		return
	}
	for _, key := range unknownKeys(body, into) {
		if count := u.count(route + " " + cleanKey(key)); count&(count-1) == 0 {
			log.Info("request with an unknown key", slog.String("route", route), slog.String("key", cleanKey(key)), slog.Int("count", count))
		}
	}
}

func (u *UnknownKeys) count(name string) int {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	if u.counts == nil {
		u.counts = map[string]int{}
	}
	if _, seen := u.counts[name]; !seen && len(u.counts) >= maxUnknownKeys {
		name = otherKeys
	}
	u.counts[name]++
	return u.counts[name]
}

// cleanKey returns a key as it is logged: short, and without characters that could
// control a terminal.
func cleanKey(key string) string {
	var clean strings.Builder
	length := 0
	for _, r := range key {
		if length++; length > maxKeyLength {
			break
		}
		if !unicode.IsPrint(r) {
			r = unicode.ReplacementChar
		}
		clean.WriteRune(r)
	}
	return clean.String()
}

// unknownKeys returns the keys of a JSON value that have no field in a struct, and
// those of the structs in it with their path, such as policies.jobReuse, inputs[].name
// or, in a map, whose keys are data, limits.*.cost. Other types know all keys. It looks for
// about as many as are counted: a body has room for thousands.
func unknownKeys(body []byte, into reflect.Type) []string {
	if into.Kind() == reflect.Pointer {
		into = into.Elem()
	}
	if decodesItself(into) {
		return nil
	}
	switch into.Kind() {
	case reflect.Slice, reflect.Array:
		return unknownInList(body, into.Elem())
	case reflect.Map:
		return unknownInMap(body, into.Elem())
	default:
		return unknownInObject(body, into)
	}
}

// unknownInList returns the unknown keys of the elements of a list, each once.
func unknownInList(body []byte, element reflect.Type) []string {
	decoder := jsontext.NewDecoder(strings.NewReader(string(body)), decodeOptions())
	if token, err := decoder.ReadToken(); err != nil || token.Kind() != jsontext.KindBeginArray {
		return nil
	}
	var unknown []string
	for decoder.PeekKind() != jsontext.KindEndArray && len(unknown) < maxUnknownKeys {
		value, err := decoder.ReadValue()
		if err != nil {
			return unknown
		}
		unknown = appendNew(unknown, "[]", unknownKeys(value, element))
	}
	return unknown
}

// unknownInMap returns the unknown keys of the values of a map, each once.
func unknownInMap(body []byte, element reflect.Type) []string {
	decoder := jsontext.NewDecoder(strings.NewReader(string(body)), decodeOptions())
	if token, err := decoder.ReadToken(); err != nil || token.Kind() != jsontext.KindBeginObject {
		return nil
	}
	var unknown []string
	for decoder.PeekKind() == jsontext.KindString && len(unknown) < maxUnknownKeys {
		if _, err := decoder.ReadToken(); err != nil {
			return unknown
		}
		value, err := decoder.ReadValue()
		if err != nil {
			return unknown
		}
		unknown = appendNew(unknown, ".*", unknownKeys(value, element))
	}
	return unknown
}

// appendNew appends the keys that a list lacks, below a part of a path.
func appendNew(list []string, part string, keys []string) []string {
	for _, key := range keys {
		if key = joinPath(part, key); !slices.Contains(list, key) {
			list = append(list, key)
		}
	}
	return list
}

// joinPath puts a key below a part of a path. A list's part follows without a dot.
func joinPath(part, key string) string {
	if strings.HasPrefix(key, "[]") || strings.HasPrefix(key, ".*") {
		return part + key
	}
	return part + "." + key
}

func unknownInObject(body []byte, into reflect.Type) []string {
	fields := fieldsOf(into)
	if fields == nil {
		return nil
	}
	decoder := jsontext.NewDecoder(strings.NewReader(string(body)), decodeOptions())
	if token, err := decoder.ReadToken(); err != nil || token.Kind() != jsontext.KindBeginObject {
		return nil
	}
	var unknown []string
	for decoder.PeekKind() == jsontext.KindString && len(unknown) < maxUnknownKeys {
		token, err := decoder.ReadToken()
		if err != nil {
			return unknown
		}
		key := token.String()
		value, err := decoder.ReadValue()
		if err != nil {
			return unknown
		}
		field, known := fields[strings.ToLower(key)]
		if !known {
			unknown = append(unknown, key)
			continue
		}
		for _, below := range unknownKeys(value, field) {
			unknown = append(unknown, joinPath(key, below))
		}
	}
	return unknown
}

var knownFields sync.Map // of reflect.Type to map[string]reflect.Type

// fieldsOf returns the types of a struct's fields by their lower-case JSON names, or
// nil for any other type.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	if t.Kind() != reflect.Struct {
		return nil
	}
	if known, ok := knownFields.Load(t); ok {
		return known.(map[string]reflect.Type)
	}
	fields := map[string]reflect.Type{}
	for _, field := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name != "" && name != "-" {
			fields[strings.ToLower(name)] = field.Type
		}
	}
	knownFields.Store(t, fields)
	return fields
}

func decodesItself(t reflect.Type) bool {
	pointer := reflect.PointerTo(t)
	return pointer.Implements(reflect.TypeFor[json.UnmarshalerFrom]()) ||
		pointer.Implements(reflect.TypeFor[json.Unmarshaler]()) ||
		pointer.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}
