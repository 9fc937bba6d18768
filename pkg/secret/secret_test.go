package secret_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/dxauth/dxauth/pkg/secret"
)

const canary = "c4n4ry"

// holders are the ways in which a secret may come into an output.
func holders() map[string]any {
	text, wire := secret.New(canary), secret.New(canary).OnWire()
	return map[string]any{
		"Text":             text,
		"*Text":            &text,
		"Wire":             wire,
		"*Wire":            &wire,
		"exported field":   struct{ S secret.Text }{text},
		"wire field":       struct{ S secret.Wire }{wire},
		"pointer field":    struct{ S *secret.Wire }{&wire},
		"slice":            []secret.Text{text},
		"slice of wire":    []secret.Wire{wire},
		"map":              map[string]secret.Text{"k": text},
		"key of a map":     map[secret.Text]int{text: 1},
		"interface":        []any{text, wire},
		"struct in struct": struct{ In struct{ S secret.Text } }{struct{ S secret.Text }{text}},
	}
}

func TestNoVerbOfFmtShowsASecret(t *testing.T) {
	verbs := []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%c", "%U", "%b", "%o", "%O", "%e", "%g", "%t", "%10s", "%-10.3s", "%z"}
	for name, holder := range holders() {
		for _, verb := range verbs {
			t.Run(name+" "+verb, func(t *testing.T) {
				shown := fmt.Sprintf(verb, holder)
				refuse(t, shown)
				if direct := name == "Text" || name == "Wire"; direct && shown != secret.Redacted {
					t.Errorf("got %q, want %q", shown, secret.Redacted)
				}
			})
		}
		t.Run(name+" in an error", func(t *testing.T) { refuse(t, fmt.Errorf("bad: %w %v", errors.New("x"), holder).Error()) })
		t.Run(name+" printed", func(t *testing.T) { refuse(t, fmt.Sprint(holder)+fmt.Sprintln(holder)) })
	}
}

// refuse fails if the secret stands in shown, as text, hexadecimal or numbers.
func refuse(t *testing.T, shown string) {
	t.Helper()
	lower := strings.ToLower(shown)
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("% x", canary), strings.Trim(fmt.Sprint([]byte(canary)), "[]")} {
		if strings.Contains(lower, form) {
			t.Errorf("the secret is shown: %q", shown)
		}
	}
}

func TestNoFieldIsShownThatIsNotExported(t *testing.T) {
	// Package fmt calls no methods on these and prints what is inside.
	hidden := struct{ s secret.Text }{secret.New(canary)}
	wire := struct{ s secret.Wire }{secret.New(canary).OnWire()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		refuse(t, fmt.Sprintf(verb, hidden)+fmt.Sprintf(verb, wire))
	}
}

func TestTheMethodsThatDescribeASecretDoNotShowIt(t *testing.T) {
	text, wire := secret.New(canary), secret.New(canary).OnWire()
	shown := map[string]string{
		"Text.String":   text.String(),
		"Text.GoString": text.GoString(),
		"Text.LogValue": text.LogValue().String(),
		"Wire.String":   wire.String(),
		"Wire.GoString": wire.GoString(),
		"Wire.LogValue": wire.LogValue().String(),
	}
	for method, got := range shown {
		if got != secret.Redacted {
			t.Errorf("%s: %q", method, got)
		}
	}
}

func TestNoLogShowsASecret(t *testing.T) {
	handlers := map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	}
	text, wire := secret.New(canary), secret.New(canary).OnWire()
	for name, handler := range handlers {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			logger := slog.New(handler(&log)).With("with", text)
			logger.Info("m", "text", text, "pointer", &text, "wire", wire, "pointer to wire", &wire,
				slog.Group("g", "text", text), "list", []secret.Text{text}, "struct", struct{ S secret.Text }{text})
			refuse(t, log.String())
			if !strings.Contains(log.String(), secret.Redacted) {
				t.Errorf("nothing tells that something is hidden: %s", log.String())
			}
		})
	}
}

func TestAnEncodedTextIsRedacted(t *testing.T) {
	value := struct{ S secret.Text }{secret.New(canary)}
	encoders := map[string]func(any) ([]byte, error){"json": json.Marshal, "yaml": yaml.Marshal, "xml": func(any) ([]byte, error) { return xml.Marshal(value.S) }}
	for name, encode := range encoders {
		t.Run(name, func(t *testing.T) {
			encoded, err := encode(value)
			if err != nil {
				t.Fatal(err)
			}
			refuse(t, string(encoded))
			if !strings.Contains(string(encoded), secret.Redacted) {
				t.Errorf("got %s", encoded)
			}
		})
	}
	text, err := value.S.MarshalText()
	if err != nil || string(text) != secret.Redacted {
		t.Errorf("as text: %q, %v", text, err)
	}
}

func TestATextIsReadFromWhatPeopleWrite(t *testing.T) {
	readers := map[string]func(any) error{
		"json": func(to any) error { return json.Unmarshal([]byte(`{"s":"c4n4ry"}`), to) },
		"yaml": func(to any) error { return yaml.Unmarshal([]byte("s: c4n4ry\n"), to) },
	}
	for name, read := range readers {
		t.Run(name, func(t *testing.T) {
			var value struct {
				S secret.Text `json:"s" yaml:"s"`
			}
			if err := read(&value); err != nil {
				t.Fatal(err)
			}
			if got := value.S.Reveal(); got != canary {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestTheJSONOfAWireIsTheValue(t *testing.T) {
	for _, value := range []string{"", canary, `with "quotes" \ and <tags>`, "wörld\x00", "日本"} {
		encoded, err := json.Marshal(secret.New(value).OnWire())
		if err != nil {
			t.Fatal(err)
		}
		var plain string
		if err := json.Unmarshal(encoded, &plain); err != nil || plain != value {
			t.Errorf("%q is sent as %s", value, encoded)
		}
		var back secret.Wire
		//lint:ignore SA9005 staticcheck does not know UnmarshalJSONFrom
		if err := json.Unmarshal(encoded, &back); err != nil || back.Text().Reveal() != value {
			t.Errorf("%s is read as %q: %v", encoded, back.Text().Reveal(), err)
		}
	}
}

func TestAWireIsReadFromAStringOnly(t *testing.T) {
	for _, text := range []string{`123456`, `true`, `["c4n4ry"]`, `{"c4n4ry":1}`} {
		var value secret.Wire
		//lint:ignore SA9005 staticcheck does not know UnmarshalJSONFrom
		err := json.Unmarshal([]byte(text), &value)
		if err == nil {
			t.Errorf("%s is read as %q", text, value.Text().Reveal())
			continue
		}
		refuse(t, err.Error())
	}
}

func TestAnAbsentSecretIsNotSent(t *testing.T) {
	type message struct {
		Password secret.Wire  `json:"password,omitzero"`
		Code     *secret.Wire `json:"otp"`
	}
	encoded, err := json.Marshal(message{})
	if err != nil || string(encoded) != `{"otp":null}` {
		t.Errorf("got %s, %v", encoded, err)
	}
}

func TestComparingAndMeasuring(t *testing.T) {
	tests := []struct {
		a, b  string
		equal bool
	}{
		{"", "", true},
		{canary, canary, true},
		{canary, "C4N4RY", false},
		{canary, canary + "x", false},
		{canary, "", false},
	}
	for _, test := range tests {
		a, b := secret.New(test.a), secret.New(test.b)
		if a.Equal(b) != test.equal || b.Equal(a) != test.equal {
			t.Errorf("%q and %q: want equal %t", test.a, test.b, test.equal)
		}
		if a.IsZero() != (test.a == "") || a.Len() != len(test.a) || a.OnWire().IsZero() != a.IsZero() {
			t.Errorf("%q: zero %t, length %d", test.a, a.IsZero(), a.Len())
		}
	}
}

func TestRevealIsTheWayOut(t *testing.T) {
	if got := secret.New(canary).Reveal(); got != canary {
		t.Errorf("got %q", got)
	}
	if got := secret.New(canary).OnWire().Text().Reveal(); got != canary {
		t.Errorf("by way of the wire: %q", got)
	}
}

func TestUnexportedFieldsShowNothing(t *testing.T) {
	t.Parallel()
	holder := struct {
		text secret.Text
		wire secret.Wire
	}{secret.New("hunter2"), secret.New("hunter2").OnWire()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{holder, &holder} {
			shown := fmt.Sprintf(verb, value)
			if strings.Contains(shown, "hunter2") || strings.Contains(shown, "68756e74657232") {
				t.Errorf("%s shows the secret: %s", verb, shown)
			}
		}
	}
}
