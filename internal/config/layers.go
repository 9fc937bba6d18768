package config

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// layers combines flags, environment, file and defaults. Viper finds the value of a
// setting that takes precedence, but not where it comes from, which doctor and
// errors show. So origin looks in the same order.
type layers struct {
	viper *viper.Viper
	flags *pflag.FlagSet
	file  file
}

func newLayers(flags *pflag.FlagSet, file file) (*layers, error) {
	v := viper.New()
	for _, o := range options() {
		v.SetDefault(o.name, o.def)
		if len(o.env) > 0 {
			if err := v.BindEnv(append([]string{o.name}, o.env...)...); err != nil {
				return nil, fmt.Errorf("bind %s: %w", o.name, err)
			}
		}
		if f := flags.Lookup(o.flag); f != nil {
			if err := v.BindPFlag(o.name, f); err != nil {
				return nil, fmt.Errorf("bind --%s: %w", o.flag, err)
			}
		}
	}
	if err := v.MergeConfigMap(file.values()); err != nil {
		return nil, fmt.Errorf("%s: %w", file.path, err)
	}
	return &layers{viper: v, flags: flags, file: file}, nil
}

// resolveAll checks every value and puts it into its normal form.
func (l *layers) resolveAll() []resolved {
	var all []resolved
	for _, o := range options() {
		all = append(all, l.resolve(o))
	}
	return all
}

func (l *layers) resolve(o option) resolved {
	value, origin, err := l.find(o)
	setting := resolved{Setting: Setting{Name: o.name, Origin: origin}, err: err}
	if err != nil {
		return setting
	}
	if setting.Value, err = o.check(value, origin); err != nil {
		setting.Value, setting.err = "", fmt.Errorf("%s: %w", l.where(o, origin), err)
	}
	return setting
}

// find returns the value of an option that takes precedence, as it was written.
func (l *layers) find(o option) (string, Origin, error) {
	origin, v := l.origin(o), l.variables()
	if o.name == keyServer && v.namesServer() {
		return l.serverOfFlags(o, origin, v)
	}
	isWeak := origin.Kind == KindFile || origin.Kind == KindDefault
	if o.derive != nil && isWeak {
		value, variable, err := o.derive(v)
		if err != nil || value != "" {
			return value, Origin{Kind: KindEnvironment, Name: variable}, err
		}
	}
	if isWeak && o.inFile && l.file.err != nil {
		return "", Origin{Kind: KindFile, Name: l.file.path}, l.file.err
	}
	return l.viper.GetString(o.name), origin, nil
}

// serverOfFlags returns the server that dx's flags name. They come before every variable,
// and exclude --server.
func (l *layers) serverOfFlags(o option, origin Origin, v variables) (string, Origin, error) {
	value, flag, err := o.derive(v)
	if err == nil && origin.Kind == KindFlag {
		err = fmt.Errorf("%s and dx's flags for the server exclude each other", origin.Name)
	}
	return value, Origin{Kind: KindFlag, Name: flag}, err
}

// origin follows viper's order: a flag counts if it was given, a variable if it is
// not empty.
func (l *layers) origin(o option) Origin {
	if f := l.flags.Lookup(o.flag); f != nil && f.Changed {
		return Origin{Kind: KindFlag, Name: "--" + o.flag}
	}
	for _, name := range o.env {
		if os.Getenv(name) != "" {
			return Origin{Kind: KindEnvironment, Name: name}
		}
	}
	if _, ok := l.file.entries[o.name]; ok {
		return Origin{Kind: KindFile, Name: l.file.path}
	}
	return Origin{Kind: KindDefault}
}

// where returns the origin as errors show it, with the line in the file.
func (l *layers) where(o option, origin Origin) string {
	if origin.Kind == KindFile {
		return fmt.Sprintf("%s:%d: %s", l.file.path, l.file.entries[o.name].line, o.name)
	}
	return origin.String()
}

// check returns the normal form of a value. An empty flag is an error: it mostly
// comes from an unset variable in a script, and the default would be a surprise.
func (o option) check(value string, origin Origin) (string, error) {
	switch {
	case value == "" && origin.Kind == KindFlag:
		return "", errors.New("needs a value")
	case value == "" && o.boolean:
		return "false", nil
	case value == "" || o.clean == nil:
		return value, nil
	default:
		return o.clean(value)
	}
}
