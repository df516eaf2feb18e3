// Package locale is the module Locale: the language that an account has chosen,
// with its name and the direction of its writing.
//
// It does not translate: texts by language are the host's (langprint). It keeps
// nothing either: the choice is the host's to know.
//
// The program plugins/cmd/account serves it. It has no settings.
package locale
