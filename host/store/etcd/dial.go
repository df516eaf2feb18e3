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

// maxReply is the largest response, in bytes: a page of the largest records, with the
// bytes of their encoding.
const maxReply = page * (bounds.MaxValue + bounds.MaxKey + 1<<10)

// config returns the common configuration of the clients of all members. It reads the
// files that the address names, so that errors in them are reported at the start.
func (e *Store) config() (clientv3.Config, error) {
	config := clientv3.Config{
		DialKeepAliveTime:    etcdPing,
		DialKeepAliveTimeout: etcdPong,
		MaxCallRecvMsgSize:   max(maxReply, 4<<20),
		MaxUnaryRetries:      1,            // see write: only this package knows what may be sent again
		Logger:               zap.NewNop(), // errors have all information, and the client must not write to stderr
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

// findFault adds to err, for the log, the result of a connection to each member. When
// many calls fail at once, only one of them connects.
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

// ask connects to one member and describes the result.
func (e *Store) ask(ctx context.Context, host string) string {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", host)
	if err != nil {
		return fmt.Sprintf("%v: check that etcd runs there, the address, and the firewall", err)
	}
	defer conn.Close()
	if !e.address.secure {
		return "accepts connections: check that it is etcd, and whether it needs TLS (etcds://)"
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
		// A member reports a refused client certificate only after the handshake.
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

// tls returns the TLS configuration: the authorities for the members' certificates,
// and this host's own certificate, which is read for each connection, so that a new one
// is used at once.
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
