// Package personalization is the module Personalization: values that pages
// remember for an account, each of them any JSON.
//
// It is not for secrets or documents: every page of the account reads it, and its
// bounds are small (package namedvalues has them, and so have its error texts). For
// texts alone there is package nvdata, whose values are its own.
//
// The program plugins/cmd/account serves it. It has no settings.
package personalization
