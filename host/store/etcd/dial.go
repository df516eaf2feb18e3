package etcd

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"liveapi.host/host/store/internal/bounds"
)

// maxReply bounds a reply, in bytes: a page of the largest records, and what
// their form takes.
const maxReply = page * (bounds.MaxValue + bounds.MaxKey + 1<<10)

// config is what the clients of all members have in common. It reads the files
// that the address names, so that what is wrong with one is known now rather
// than later.
func (e *Store) config() (clientv3.Config, error) {
	config := clientv3.Config{
		DialKeepAliveTime:    etcdPing,
		DialKeepAliveTimeout: etcdPong,
		MaxCallRecvMsgSize:   max(maxReply, 4<<20),
		MaxUnaryRetries:      1,            // see write: what may be sent again is known here only
		Logger:               zap.NewNop(), // errors say it all, and stderr is not etcd's
	}
	if e.address.secure {
		var err error
		if config.TLS, err = e.address.tls(); err != nil {
			return config, err
		}
	}
	if e.address.user != "" {
		if _, err := e.address.password(); err != nil {
			return config, err
		}
	}
	return config, nil
}

// findFault adds to err what each member says to a connection, for the log. Of
// many calls that fail at once, one asks.
func (e *Store) findFault(ctx context.Context, err error) error {
	if !e.asking.TryLock() {
		return err
	}
	defer e.asking.Unlock()
	ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	says := make([]string, len(e.address.hosts))
	var all sync.WaitGroup
	for i, host := range e.address.hosts {
		all.Go(func() { says[i] = host + ": " + e.ask(ctx, host) })
	}
	all.Wait()
	return fmt.Errorf("%w; %s", err, strings.Join(says, "; "))
}

// ask connects to one member and says what comes of it.
func (e *Store) ask(ctx context.Context, host string) string {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", host)
	if err != nil {
		return fmt.Sprintf("%v: check that etcd runs there, the address, and the firewall", err)
	}
	defer conn.Close()
	if !e.address.secure {
		return "accepts connections: check that it is etcd, and whether it wants TLS (etcds://)"
	}
	config, err := e.address.tls()
	if err != nil {
		return err.Error()
	}
	config.ServerName, _, _ = net.SplitHostPort(host)
	config.NextProtos = []string{"h2"}
	secure := tls.Client(conn, config)
	err = secure.HandshakeContext(ctx)
	if err == nil {
		// Whether the client's certificate pleases is said after the handshake.
		secure.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		if _, err = secure.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
			err = nil
		}
	}
	if err != nil {
		return fmt.Sprintf("%v: check that it speaks TLS, and the certificates", err)
	}
	return "accepts connections"
}

// tls is how the members are believed, and how this host shows who it is. The
// client's certificate is read for each connection, so that a new one counts.
func (a *address) tls() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if a.ca != "" {
		pem, err := os.ReadFile(a.ca)
		if err != nil {
			return nil, fmt.Errorf("ca: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca: %s has no certificate in PEM", a.ca)
		}
	}
	if a.cert == "" {
		return config, nil
	}
	if _, err := a.pair(); err != nil {
		return nil, err
	}
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return a.pair() }
	return config, nil
}

func (a *address) pair() (*tls.Certificate, error) {
	cert, err := os.ReadFile(a.cert)
	if err != nil {
		return nil, fmt.Errorf("cert: %w", err)
	}
	key, err := a.secret(a.key)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("cert and key: %w", err)
	}
	return &pair, nil
}
