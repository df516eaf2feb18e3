package twofactorauth

// URI is otpauth, for tests from outside.
func URI(issuer, account, secret string) string { return otpauth(issuer, account, secret) }
