// Package migrate reads and writes the files in which other systems keep the
// secrets of time-based codes, so that people's authenticators go on working when
// a site moves here, or away. It checks a file's content and stores nothing: the
// module decides whether a secret is stored.
//
//	ReadJSON             one map of accounts, as panels keep it
//	ReadAuthenticator    the file of Google's PAM module in a home folder
//	WriteAuthenticator   the same, written
//	OpenPrivate          how such a file is opened in a folder that another controls
package migrate
