// Package accounts knows the accounts of a machine: from a folder of YAML files
// that its administrator keeps, NAME.yaml each, and from the system's user
// database.
//
//	users := accounts.NewPasswd("/etc/passwd", time.Now)
//	source := accounts.New("/etc/liveapi/accounts", users, time.Now)
//	account, err := source.Account(ctx, "ann")
//
// The user database says who an account is (uid, gid, home, shell), its file what
// it has (domains, features, plan and such). Neither can say what is the other's:
// a uid in a file could only be wrong. An account without a file has no domains
// and every feature.
//
// A file that is not right closes the account's gates rather than open them: what
// cannot be known is an error, not an account that may do everything.
//
// Both are looked at on each use and read when they have changed; see package
// fresh. The package stores nothing and decides nothing.
package accounts
