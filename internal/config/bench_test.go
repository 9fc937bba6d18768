package config

import (
	"testing"

	"github.com/spf13/pflag"
)

// BenchmarkLoad measures what every command pays for its settings.
func BenchmarkLoad(b *testing.B) {
	b.Setenv("DXAUTH_CONFIG_DIR", b.TempDir())
	b.ReportAllocs()
	for b.Loop() {
		flags := pflag.NewFlagSet("dxauth", pflag.ContinueOnError)
		BindGlobalFlags(flags)
		if _, err := Load(flags); err != nil {
			b.Fatal(err)
		}
	}
}
