// Package domaininfo is the module DomainInfo: the domains of an account, by
// their kinds, and the site that each of them has.
//
// It says what the host knows of the account and reads no configuration of a web
// server: what is not known of a site is absent. It adds and removes no domains.
// The lists of API 2 are in package domainlists.
//
// The program plugins/cmd/account serves it, with one setting:
//
//	ACCOUNT_ALIASES  the names below the main domain that the web server answers for
//	                 without a subdomain of the account, such as "www,mail". Default: none
package domaininfo
