// Package twofactorauth is the module TwoFactorAuth: a second factor for an
// account, as the pages in the field set it up and as a login page checks it. It is
// not a login: it knows no password, opens no session and remembers no device.
//
// A page asks for a secret (generate_user_configuration), shows it as a QR code
// (get_qr_code), and gives it back with a code from the user's device
// (set_user_configuration). get_user_configuration and remove_user_configuration
// complete the documented four. validate_token is what a login page calls, and
// generate_recovery_codes is for the day when the device is lost.
//
// A code is six digits for one step of 30 seconds (RFC 6238, HMAC-SHA-1). An
// account accepts each code only once: the record holds the last accepted step, and
// only a code of a later step is accepted. Every function that checks a code counts
// the wrong ones in the same record. Three failures in a row have no effect. After
// the fourth no code is checked for 30 seconds; each further failure doubles the
// wait, up to an hour. After TFA_MAX_FAILURES in a row only a recovery code is
// checked. Removing the configuration deletes the secret but keeps the record, so
// that removing and setting it again neither makes a used code valid nor resets the
// failures. The record is replaced by compare-and-swap and committed before the
// response; when the write fails in any way, the code is not accepted.
//
// Pure functions decide (check.go, throttle.go), record.go has the stored form, and
// storage.go connects the two.
//
// The program plugins/cmd/twofactorauth serves it. Its settings:
//
//	TFA_ISSUER                   what authenticator apps show; default: the host name
//	TFA_PROFILE                  compatible (default: what the documented functions promise) or strict;
//	                             it is the default of all that follow
//	TFA_WINDOW                   1 (compatible) accepts the step before and after, 0 (strict) only the present one
//	TFA_SECRET_BITS              80 (compatible: the documented 16 characters), 128 or 160 (strict)
//	TFA_REQUIRE_PENDING          1 (strict): set takes only a secret that was issued to the account in the
//	                             last ten minutes; 0 (compatible): any
//	TFA_REQUIRE_TOKEN_TO_CHANGE  1 (strict): remove, a second set and generate_recovery_codes need a code;
//	                             0 (compatible): they do not
//	TFA_MAX_FAILURES             3 to 50 wrong codes in a row; 50 (compatible), 10 (strict)
package twofactorauth
