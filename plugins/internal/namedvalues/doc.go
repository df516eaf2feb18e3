// Package namedvalues is how an account's names and values are kept by the
// modules that do that, NVData and Personalization: within bounds, in one record of
// the module's storage.
//
// It is not a module, and knows nothing of parameters and results. A change sets
// all of its names or none. The record is replaced by compare-and-swap, so nothing
// is lost when two sessions set different names at once; of the same name, the
// last one stays.
package namedvalues
