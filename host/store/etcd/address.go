package etcd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"liveapi.host/host/store/internal/bounds"
)

// The schemes of an address of etcd: without TLS, and with it.
const (
	etcdScheme  = "etcd://"
	etcdsScheme = "etcds://"
)

// IsAddress reports whether s is meant to be an address of etcd. Anything else is the
// path of a database file.
func IsAddress(s string) bool {
	return strings.HasPrefix(s, etcdScheme) || strings.HasPrefix(s, etcdsScheme)
}

// CheckAddress returns an error for an invalid address, without using a file or the
// network. The forms are:
//
//	etcd://HOST[:PORT][,HOST[:PORT]…][/PREFIX]
//	etcds://[USER@]HOST[:PORT][,HOST[:PORT]…][/PREFIX][?ca=FILE&cert=FILE&key=FILE&password-file=FILE]
//
// The default port is 2379, the default prefix [DefaultPrefix]; a slash is added to a
// prefix without one at its end. etcds means TLS: ca has the certificates of the
// authorities for the members (PEM, by default the system's), cert and key are the
// client's own. The user of etcd is before the hosts. The password is in a file, or in a
// credential of systemd: password-credential=NAME. key and the password's file must
// have the mode 0600 and belong to this user or root.
//
// A password in the address is an error, and so is a password that would be sent to
// another machine without TLS. No error repeats an address.
func CheckAddress(address string) error {
	_, err := parseAddress(address)
	return err
}

type address struct {
	hosts        []string // with their ports
	prefix       string   // ends with a slash
	secure       bool
	user         string
	ca           string
	cert, key    string
	passwordFile string
	credential   string
}

func (a *address) endpoints() []string {
	scheme := "http://"
	if a.secure {
		scheme = "https://"
	}
	all := make([]string, len(a.hosts))
	for i, host := range a.hosts {
		all[i] = scheme + host
	}
	return all
}

// who describes this host's identity to etcd, for error texts.
func (a *address) who() string {
	switch {
	case a.user != "":
		return fmt.Sprintf("the user %q", a.user)
	case a.cert != "":
		return "the user that the client certificate names"
	}
	return "nobody, as which this host comes,"
}

// parseAddress parses the hosts itself, because net/url allows only one host.
func parseAddress(text string) (*address, error) {
	a := &address{secure: strings.HasPrefix(text, etcdsScheme)}
	_, rest, _ := strings.Cut(text, "://")
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority, rest := rest[:end], rest[end:]
	err := a.setUser(&authority)
	if err == nil {
		err = a.setHosts(authority)
	}
	if err == nil {
		err = a.setRest(rest)
	}
	if err == nil {
		err = a.check()
	}
	switch {
	case !IsAddress(text):
		err = errors.New("it must begin with etcd:// or, for TLS, etcds://")
	case err == nil:
		return a, nil
	}
	return nil, fmt.Errorf("the address of etcd is invalid: %w", err)
}

// setUser removes the user from the beginning of the authority and stores it.
func (a *address) setUser(authority *string) error {
	at := strings.LastIndex(*authority, "@")
	if at < 0 {
		return nil
	}
	user := (*authority)[:at]
	*authority = (*authority)[at+1:]
	if strings.Contains(user, ":") {
		return errors.New("it must not contain a password, which logs and lists of processes would show: write the password to a file of " +
			"mode 0600, and name the file with ?password-file=")
	}
	name, err := url.PathUnescape(user)
	if err != nil || !bounds.Plain(name) {
		return errors.New("its user is not a name; write special characters as %XX")
	}
	a.user = name
	if name == "" {
		return errors.New("it has no user before its @")
	}
	return nil
}

func (a *address) setHosts(list string) error {
	for host := range strings.SplitSeq(list, ",") {
		if !strings.Contains(strings.TrimPrefix(host[strings.LastIndex(host, "]")+1:], "]"), ":") {
			host += ":2379"
		}
		name, port, err := net.SplitHostPort(host)
		n, notNumber := strconv.ParseUint(port, 10, 16)
		if err != nil || notNumber != nil || n == 0 || name == "" || strings.ContainsAny(name, " /@%") {
			return errors.New("its hosts must be names or addresses with ports, such as etcd1:2379,etcd2:2379, and an IPv6 address must " +
				"be in brackets")
		}
		if host = net.JoinHostPort(name, port); slices.Contains(a.hosts, host) {
			return fmt.Errorf("the host %s is named twice", host)
		}
		a.hosts = append(a.hosts, host)
	}
	return nil
}

func (a *address) setRest(rest string) error {
	u, err := url.Parse(rest)
	if err != nil || u.Fragment != "" || strings.Contains(rest, "#") {
		return errors.New("its path or query is not that of a URL; write special characters as %XX")
	}
	switch a.prefix = u.Path; {
	case a.prefix == "" || a.prefix == "/":
		a.prefix = DefaultPrefix
	case !strings.HasSuffix(a.prefix, "/"):
		a.prefix += "/"
	}
	if len(a.prefix) > maxPrefix || !bounds.Plain(a.prefix) {
		return fmt.Errorf("its path, the prefix of keys, must be at most %d bytes of UTF-8 without control characters", maxPrefix)
	}
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return errors.New("the part after its ? is not NAME=VALUE&NAME=VALUE; write special characters in a value as %XX")
	}
	names := map[string]*string{
		"ca":                  &a.ca,
		"cert":                &a.cert,
		"key":                 &a.key,
		"password-file":       &a.passwordFile,
		"password-credential": &a.credential,
	}
	for name, value := range values {
		to := names[name]
		switch {
		case to == nil:
			return fmt.Errorf("it has an unknown option %q: ca, cert, key, password-file and password-credential are allowed", name)
		case len(value) != 1 || value[0] == "":
			return fmt.Errorf("%s must be given only once, with a value", name)
		case to == &a.credential:
			if strings.Contains(value[0], "/") || !filepath.IsLocal(value[0]) {
				return errors.New("password-credential must be the name of a credential, not a path")
			}
		case !filepath.IsAbs(value[0]):
			return fmt.Errorf("%s must be the absolute path of a file", name)
		}
		*to = value[0]
	}
	return nil
}

// maxPrefix is the longest prefix, in bytes.
const maxPrefix = 256

// check checks that the parts of the address fit together.
func (a *address) check() error {
	password := a.passwordFile != "" || a.credential != ""
	switch {
	case a.passwordFile != "" && a.credential != "":
		return errors.New("password-file and password-credential exclude each other")
	case password && a.user == "":
		return errors.New("a password needs a user before the hosts: USER@")
	case a.user != "" && !password:
		return errors.New("its user has no password: name the file with ?password-file=, or use a client certificate alone")
	case (a.cert == "") != (a.key == ""):
		return errors.New("cert and key must be given together")
	case !a.secure && a.ca+a.cert != "":
		return errors.New("ca, cert and key need TLS: begin the address with etcds://")
	case !a.secure && password && !a.local():
		return errors.New("the password would be sent unencrypted: begin the address with etcds://")
	}
	return nil
}

// local reports whether every member is on this machine.
func (a *address) local() bool {
	for _, host := range a.hosts {
		name, _, _ := net.SplitHostPort(host)
		if ip := net.ParseIP(name); name != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return false
		}
	}
	return true
}

// maxSecret is the largest size of a file with a password or a key, in bytes.
const maxSecret = 1 << 16

// password reads the password; one newline at its end is not part of it.
func (a *address) password() (string, error) {
	path := a.passwordFile
	if a.credential != "" {
		dir := os.Getenv("CREDENTIALS_DIRECTORY")
		if dir == "" {
			return "", errors.New("password-credential: there are no credentials: set LoadCredential= in the service's unit")
		}
		path = filepath.Join(dir, a.credential)
	}
	content, err := a.secret(path)
	if err != nil {
		return "", fmt.Errorf("password: %w", err)
	}
	password := string(bytes.TrimSuffix(content, []byte("\n")))
	if password == "" || !bounds.Plain(password) {
		return "", fmt.Errorf("password: %s must be one line of text", path)
	}
	return password, nil
}

// secret reads a file and refuses it when other users may read it. The access to
// credentials of systemd is systemd's task.
func (a *address) secret(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // with O_NONBLOCK, opening a named pipe does not block
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", path)
	case !ok || owner.Uid != 0 && int(owner.Uid) != os.Geteuid():
		return nil, fmt.Errorf("%s belongs to another user than root and uid %d, who could read and replace it", path, os.Geteuid())
	case a.credential == "" && info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("the mode of %s is %04o, so others may use it: run \"chmod 600 %s\", and change the secret if another "+
			"user may have read it", path, info.Mode().Perm(), path)
	}
	content, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if len(content) > maxSecret {
		err = errors.Join(err, fmt.Errorf("%s has more than %d bytes", path, maxSecret))
	}
	return content, err
}
