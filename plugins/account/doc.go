// Package account is the modules that tell a page about the account that it
// runs for: Variables, Features, DomainInfo, Locale and Themes of UAPI, and
// Park, AddonDomain and SubDomain of API 2.
//
// They say what the host knows (sdk.Call.AccountInfo) and nothing that they
// would have to guess: what is not known is null, or absent where a member is
// said to be there only when it is known. The one thing that they keep is the
// theme that an account has chosen, in the storage of Themes.
//
// The program is cmd/account, which also serves the modules of packages chrome
// and preferences, so that all of them cost one process. Its configuration comes from
// the environment that the host's configuration gives to this program:
//
//	ACCOUNT_HOSTNAME  the server's name; default: what the system says
//	ACCOUNT_THEMES    the themes that exist, with commas or blanks between; the first is
//	                  the one of accounts that have none. Default: jupiter
//	ACCOUNT_ALIASES   the names below the main domain that the web server answers for
//	                  without a subdomain of the account, such as "www,mail". Default: none
//
// Package chrome has a setting of its own.
package account
