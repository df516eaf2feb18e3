// Package preferences is the modules NVData and Personalization: what pages
// remember for an account, such as which boxes are folded.
//
// Both keep names and values in the account's storage of that module, all of
// them in one record that is replaced by compare-and-swap. So a call sets all of
// its names or none, and nothing is lost when two sessions set different names at
// once; of the same name, the last one stays.
//
// NVData keeps texts, Personalization any JSON value. See [MaxName] and the
// constants beside it for what can be kept; the error texts say them, too.
//
// The modules are served by the program plugins/account/cmd/account and have no
// settings.
package preferences
