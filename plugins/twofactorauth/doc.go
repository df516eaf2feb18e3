// Package twofactorauth is the module TwoFactorAuth: an account's
// configuration of a second factor, as the pages in the field set it up.
//
// A page asks for a secret (generate_user_configuration, which stores
// nothing), shows it as a QR code, and gives it back with a code from the
// user's device (set_user_configuration). get_user_configuration and
// remove_user_configuration complete the four.
//
// A code is six digits for one step of 30 seconds (RFC 6238, HMAC-SHA-1). It
// is accepted once for an account, ever: what is stored is the last accepted
// step, and only a greater one is accepted. The record survives the removal of
// the configuration without its secret, so that removing and setting again
// does not make a used code good. It is replaced by compare-and-swap and
// committed before the answer; whatever else happens to the write, the answer
// is no.
//
// No attempt is throttled here, because set_user_configuration is given the
// secret with the code: there is nothing to guess.
//
// The configuration comes from the environment that the host's configuration
// gives to this module:
//
//	TFA_ISSUER       what authenticator apps show; default: the host name
//	TFA_WINDOW       1 (default) accepts the step before and after, 0 only the present one
//	TFA_SECRET_BITS  80 (default, the documented 16 characters), 128 or 160
package twofactorauth
