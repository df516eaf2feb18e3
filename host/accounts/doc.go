// Package accounts reads the accounts of a machine from two sources: a folder of
// YAML files, NAME.yaml each, which the administrator writes, and the system's user
// database.
//
//	users := accounts.NewPasswd("/etc/passwd", time.Now)
//	source := accounts.New("/etc/liveapi/accounts", users, time.Now)
//	account, err := source.Account(ctx, "ann")
//
// The user database says who an account is (uid, gid, home, shell); the file says
// what it has (domains, features, plan and so on). No field is in both, so the two
// cannot contradict each other. An account without a file has no domains and every
// feature.
//
// The package fails closed: if a file has a mistake, the lookup of its account is
// an error, and calls that depend on the account are refused.
//
// Each lookup checks whether the two sources have changed, and reads them again if
// so; see package fresh. The package stores nothing and does not decide what an
// account may do.
package accounts
