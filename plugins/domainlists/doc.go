// Package domainlists is the modules Park, AddonDomain and SubDomain of API 2:
// each of them lists the account's domains of one kind, and does nothing else.
//
// They are one package because they are one idea. The three functions have the
// same parameter and go the same way; their rows tell the same things of a
// domain, in columns of the same names. API 2 puts them in three modules.
//
// They add and remove no domains. What UAPI tells of domains is in package
// domaininfo.
//
// The program plugins/cmd/account serves them. They have no settings.
package domainlists
