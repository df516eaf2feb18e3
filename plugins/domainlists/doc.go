// Package domainlists has the modules Park, AddonDomain and SubDomain of API 2:
// each of them lists the account's domains of one kind, and does nothing else.
//
// They are one package because they do the same for three kinds. The three functions
// have the same parameter, and their rows have columns of the same names. API 2 puts
// them in three modules.
//
// They do not add or remove domains. The functions of UAPI for domains are in package
// domaininfo.
//
// The program plugins/cmd/account serves them. They have no settings.
package domainlists
