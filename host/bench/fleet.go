package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// fleetLayers are validate_token over three hosts on one cluster of etcd, beside
// a bare transaction of etcd's own client of as many bytes. None without an address.
func fleetLayers(dir, modules, etcd string) (all []layer, stop func(), err error) {
	var ends []func()
	stop = func() {
		for _, end := range ends {
			end()
		}
	}
	if etcd == "" {
		return nil, stop, nil
	}
	hosts, _, _ := strings.Cut(strings.TrimPrefix(etcd, "etcd://"), "/")
	endpoints := strings.Split(hosts, ",")
	client, err := clientv3.New(clientv3.Config{Endpoints: endpoints, DialTimeout: 5 * time.Second})
	if err != nil {
		return nil, stop, err
	}
	ends = append(ends, func() { client.Close() })
	p := &pool{state: filepath.Join(dir, "fleet"), store: etcd, perSecond: 3000}
	for n := range 3 {
		socket := socketIn(dir, fmt.Sprint("fleet", n))
		end, err := start("verifier", socket, p.state, modules, etcd)
		if err != nil {
			return nil, stop, err
		}
		ends, p.sockets = append(ends, end), append(p.sockets, socket)
	}
	return []layer{{"bare transaction of etcd", transacting(client)}, {"validate_token, three hosts, socket to etcd", p.measure}}, stop, nil
}

// transacting measures a compare-and-swap of a sealed record's size, of a key of
// each caller's own.
func transacting(client *clientv3.Client) func(int, time.Duration) ([]time.Duration, error) {
	value := string(make([]byte, 200))
	callers := 0
	return func(n int, span time.Duration) ([]time.Duration, error) {
		return closedLoop(n, span, func() (func() error, func(), error) {
			callers++
			key, revision := fmt.Sprintf("/bench/%d", callers), int64(0)
			return func() error {
				r, err := client.Txn(context.Background()).
					If(clientv3.Compare(clientv3.ModRevision(key), "=", revision)).
					Then(clientv3.OpPut(key, value)).
					Commit()
				if err != nil {
					return err
				}
				if !r.Succeeded {
					return fmt.Errorf("a transaction of one caller met another's")
				}
				revision = r.Header.Revision
				return nil
			}, func() {}, nil
		})
	}
}
