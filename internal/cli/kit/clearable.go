package kit

import "github.com/spf13/pflag"

// ClearableKey is of the annotation of a flag whose empty value means something. All other
// flags refuse one.
const ClearableKey = "dxauth_clearable"

// ClearableVar adds a flag with a text that an empty value removes.
func ClearableVar(flags *pflag.FlagSet, text *string, name, usage string) {
	flags.StringVar(text, name, "", usage+"; empty for none")
	_ = flags.SetAnnotation(name, ClearableKey, nil) // fails for unknown flags only
}
