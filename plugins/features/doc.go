// Package features is the module Features: which features an account may use,
// and what to show for each.
//
// It enforces nothing. A module declares which feature a function needs, and the host
// checks this before the function runs. This module is for pages that want to know in
// advance.
//
// The program plugins/cmd/account serves it. It has no settings.
package features
