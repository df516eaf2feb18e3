// Package locale is the module Locale: the language that an account has chosen,
// with its name and the direction of its writing.
//
// It does not translate: the host has the texts by language (langprint). It stores
// nothing either: the host knows which locale an account has chosen.
//
// The program plugins/cmd/account serves it. It has no settings.
package locale
