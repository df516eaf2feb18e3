// Package namedvalues stores an account's names and values for the modules NVData and
// Personalization: within bounds, in one record of the module's storage.
//
// It is not a module, and has no parameters and results. A change sets all of its
// names or none. The record is replaced by compare-and-swap, so nothing is lost when
// two sessions set different names at once; when they set the same name, the last
// value stays.
package namedvalues
