package migrate

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// AuthenticatorFile is the name of the file in a home folder.
const AuthenticatorFile = ".google_authenticator"

// maxAuthenticator is the largest size of that file, in bytes; the PAM module has the same bound.
const maxAuthenticator = 64 << 10

// ReadAuthenticator reads the file that google-authenticator makes: the secret on
// the first line, then options, each after a quotation mark, and emergency codes of
// eight digits. The entry is wrong unless its codes are time-based, of six digits,
// for 30 seconds. The emergency codes are not imported: they are too easy to guess
// (26 bits) to replace a second factor here.
//
// An error means that the file cannot be read; it quotes nothing of the file.
func ReadAuthenticator(account string, r io.Reader) (Entry, error) {
	e := Entry{Account: account, Place: "line 1"}
	lines := bufio.NewScanner(io.LimitReader(r, maxAuthenticator+1))
	first, codes, read, timed := "", 0, 0, false
	for n := 0; lines.Scan(); n++ {
		line := strings.TrimRight(lines.Text(), "\r")
		read += len(lines.Bytes()) + 1
		option, is := strings.CutPrefix(line, `" `)
		switch {
		case n == 0:
			first = line
		case is:
			name, value, _ := strings.Cut(option, " ")
			switch {
			case name == "TOTP_AUTH":
				timed = true
			case name == "HOTP_COUNTER":
				e.Wrong = "its codes are counted, not time-based"
			case name == "STEP_SIZE" && strings.TrimSpace(value) != "30":
				e.Wrong = "its codes are not for 30 seconds"
			case name == "TIME_SKEW" && strings.TrimSpace(value) != "0":
				e.Lost = append(e.Lost, "that the device's clock is off (TIME_SKEW): set it right")
			}
		case line != "":
			codes++
		}
	}
	if err := lines.Err(); err != nil {
		return Entry{}, err
	}
	switch {
	case read > maxAuthenticator:
		return Entry{}, fmt.Errorf("it is longer than %d bytes", maxAuthenticator)
	case e.Wrong != "":
		e.Lost = nil
		return e, nil
	}
	if e.Secret, e.Wrong = normal(first); e.Wrong == "" && !timed {
		e.Secret, e.Wrong = "", "it does not say that its codes are time-based (TOTP_AUTH)"
	}
	switch {
	case e.Wrong != "":
		e.Lost = nil
	case codes > 0:
		e.Lost = append(e.Lost, fmt.Sprintf("%d emergency codes: make recovery codes instead", codes))
	}
	return e, nil
}

// WriteAuthenticator writes the file for pam_google_authenticator and
// google-authenticator: the same codes, each accepted once, one step of tolerance,
// and three tries in 30 seconds.
func WriteAuthenticator(w io.Writer, secret Secret) error {
	_, err := io.WriteString(w, string(secret)+"\n\" RATE_LIMIT 3 30\n\" WINDOW_SIZE 3\n\" DISALLOW_REUSE\n\" TOTP_AUTH\n")
	return err
}
