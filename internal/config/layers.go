package config

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// layers puts flags, environment, file and defaults on top of each other. Viper
// finds the strongest value of a setting. It does not tell where it found it,
// which doctor shows and every error names, so origin looks in the same order.
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

// resolveAll checks every value and puts it into its normal form. It stops at
// the first value that is wrong.
func (l *layers) resolveAll() ([]Setting, error) {
	var all []Setting
	for _, o := range options() {
		setting, err := l.resolve(o)
		if err != nil {
			return nil, err
		}
		all = append(all, setting)
	}
	return all, nil
}

func (l *layers) resolve(o option) (Setting, error) {
	value, origin, err := l.find(o)
	if err != nil {
		return Setting{}, err
	}
	if value, err = o.check(value, origin); err != nil {
		return Setting{}, fmt.Errorf("%s: %w", l.where(o, origin), err)
	}
	return Setting{Name: o.name, Value: value, Origin: origin}, nil
}

// find returns the strongest value of an option, as it was written.
func (l *layers) find(o option) (string, Origin, error) {
	origin := l.origin(o)
	if o.derive != nil && (origin.Kind == KindFile || origin.Kind == KindDefault) {
		value, variable, err := o.derive(os.Getenv)
		if err != nil {
			return "", Origin{}, err
		}
		if value != "" {
			return value, Origin{Kind: KindEnvironment, Name: variable}, nil
		}
	}
	return l.viper.GetString(o.name), origin, nil
}

// origin follows viper's order: a flag counts when it was given, a variable
// when it isn't empty.
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

// where is the origin as an error names it: with the line, if it is the file.
func (l *layers) where(o option, origin Origin) string {
	if origin.Kind == KindFile {
		return fmt.Sprintf("%s:%d: %s", l.file.path, l.file.entries[o.name].line, o.name)
	}
	return origin.String()
}

// check returns the normal form of a value. An empty flag is an error: it is
// what a script gives whose variable is unset, and the default would surprise.
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
