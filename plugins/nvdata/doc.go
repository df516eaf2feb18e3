// Package nvdata is the module NVData: texts that pages remember for an account,
// such as which boxes are folded.
//
// It is not for secrets or documents: every page of the account reads it, and its
// bounds are small (package namedvalues has them, and so have its error texts).
// Values of other types are in package personalization.
//
// The program plugins/cmd/account serves it. It has no settings.
package nvdata
