// Package features is the module Features: which features an account may use,
// and what to show for each.
//
// It enforces nothing. What a function needs is declared by its module and looked
// at by the host before the function runs; this is for pages that want to know
// beforehand.
//
// The program plugins/cmd/account serves it. It has no settings.
package features
