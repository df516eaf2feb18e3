package store

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
	"google.golang.org/grpc/connectivity"
)

// How a connection that does not work is noticed. A member that keeps its
// connections and does not answer is pinged when a call is under way, and
// dropped after etcdPing + etcdPong. etcd forbids more pings than one in 5 s,
// and gRPC makes less than 10 s into 10 s.
const (
	etcdPing = 10 * time.Second
	etcdPong = 2 * time.Second
)

// maxEtcdReply bounds a reply, in bytes: a page of the largest records, and what
// their form takes.
const maxEtcdReply = etcdPage * (maxEngineValue + maxEngineKey + 1<<10)

// dial makes the client, without touching the network.
func (e *Etcd) dial() error {
	config := clientv3.Config{
		Endpoints:            e.address.endpoints(),
		DialKeepAliveTime:    etcdPing,
		DialKeepAliveTimeout: etcdPong,
		MaxCallRecvMsgSize:   max(maxEtcdReply, 4<<20),
		MaxUnaryRetries:      1,            // see write: what may be sent again is known here only
		Logger:               zap.NewNop(), // errors say it all, and stderr is not etcd's
	}
	var err error
	if e.address.secure {
		if config.TLS, err = e.address.tls(); err != nil {
			return fmt.Errorf("%v: %w", e, err)
		}
	}
	if e.address.user != "" {
		if _, err = e.address.password(); err != nil { // known now rather than later
			return fmt.Errorf("%v: %w", e, err)
		}
	}
	if e.client, err = clientv3.New(config); err != nil {
		return fmt.Errorf("%v: %w", e, err)
	}
	return nil
}

// connected waits until a member can be asked, for half of the time that a call
// has. So what follows is sent at once, and a call that finds no member is known
// not to have been sent.
func (e *Etcd) connected(ctx context.Context) error {
	conn := e.client.ActiveConnection()
	state := conn.GetState()
	if state == connectivity.Ready {
		return nil
	}
	if state == connectivity.TransientFailure {
		// After long absence gRPC tries every two minutes only.
		conn.ResetConnectBackoff()
	}
	bounded, cancel := context.WithTimeout(ctx, e.wait/2)
	defer cancel()
	for ; state != connectivity.Ready; state = conn.GetState() {
		if state == connectivity.Idle {
			conn.Connect()
		}
		if !conn.WaitForStateChange(bounded, state) {
			return e.findFault(ctx, errors.New("no member can be reached"))
		}
	}
	return nil
}

// findFault adds to err what each member says to a connection, for the log. Of
// many calls that fail at once, one asks.
func (e *Etcd) findFault(ctx context.Context, err error) error {
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
func (e *Etcd) ask(ctx context.Context, host string) string {
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
func (a *etcdAddress) tls() (*tls.Config, error) {
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

func (a *etcdAddress) pair() (*tls.Certificate, error) {
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
