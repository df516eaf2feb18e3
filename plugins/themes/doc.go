// Package themes is the module Themes: which look of the pages an account has
// chosen, and which ones there are to choose from.
//
// It has no style sheets and no templates: a theme is a name that pages look for.
// The theme that an account has chosen is a record in the storage of Themes; without
// a record the account has the theme that the host names.
//
// The program plugins/cmd/account serves it, with one setting:
//
//	ACCOUNT_THEMES  the themes that exist, with commas or blanks between; the first is
//	                the one of accounts that have none. Default: jupiter
package themes
