package kit

import "testing"

// S-46: no value and no text of an option becomes markup.
func TestMarkup(t *testing.T) {
	t.Parallel()
	const hostile = `"'></option><script>alert(1)</script>&{{.}}`
	const escaped = "&#34;&#39;&gt;&lt;/option&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;{{.}}"
	for name, test := range map[string]struct {
		choices Choices
		want    string
	}{
		"none":           {nil, ""},
		"texts":          {Choices{{Text: "VIEW"}, {Text: "UPLOAD", Chosen: true}}, "<option>VIEW</option>\n<option selected>UPLOAD</option>\n"},
		"values":         {Choices{{Text: "Any", Chosen: true}, {Value: "1h", Text: "An hour"}}, "<option value=\"\" selected>Any</option>\n<option value=\"1h\">An hour</option>\n"},
		"hostile texts":  {Choices{{Text: hostile}}, "<option>" + escaped + "</option>\n"},
		"hostile values": {Choices{{Value: hostile, Text: "x"}}, "<option value=\"" + escaped + "\">x</option>\n"},
	} {
		if got := string(test.choices.Markup()); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
