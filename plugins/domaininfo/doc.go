// Package domaininfo is the module DomainInfo: the domains of an account, by
// their kinds, and the site that each of them has.
//
// It returns what the host knows about the account and does not read the
// configuration of a web server: what is not known about a site is absent. It does
// not add or remove domains. The lists of API 2 are in package domainlists.
//
// The program plugins/cmd/account serves it, with one setting:
//
//	ACCOUNT_ALIASES  the names below the main domain that the web server answers for
//	                 without a subdomain of the account, such as "www,mail". Default: none
package domaininfo
