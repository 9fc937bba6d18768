package transfer

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

// A file is read or refused, and a row that was read is written as it was.
func FuzzFile(f *testing.F) {
	for _, rows := range []string{`["a",{"bytes":"AA=="},7,null]`, `[{"text":"/w=="},"\u2028",-9007199254740993,0]`, `["a",{"bytes":"A"},1.5,{}]`} {
		testfuzz.Add(f, []byte(`{"format":"dxauth export 1","made":"2026-11-30T09:00:00Z","numbers":{"t":7}}
{"table":"t","columns":["a","b","c","d"]}
`+rows+"\n"+`{"rows":1}`))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		columns, rows := 0, 0
		begin := func(_ string, names []string) error {
			columns = len(names)
			return nil
		}
		header, err := scan(bytes.NewReader(file), begin, func(row []any) error {
			rows++
			if len(row) != columns {
				t.Errorf("%d values in %d columns", len(row), columns)
			}
			written, err := json.Marshal(encoded(row))
			if err != nil {
				t.Fatal(err)
			}
			again, err := decoded(written)
			if err != nil || !reflect.DeepEqual(again, row) {
				t.Errorf("%v is written as %s, %v", row, written, err)
			}
			return nil
		})
		if err == nil && (header.Made == nil || header.Format != format) {
			t.Errorf("accepted with the header %+v", header)
		}
	})
}
