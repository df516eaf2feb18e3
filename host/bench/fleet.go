package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"liveapi.host/host/bench/internal/measure"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// fleet is validate_token over three hosts on one cluster of etcd, beside a bare
// transaction of etcd's own client of as many bytes.
func fleet(l *lab) *table {
	p := &pool{state: l.state("fleet"), store: l.etcd, perSecond: 3000}
	for n := range 3 { // one state folder: they share the key
		p.hosts = append(p.hosts, l.host(fmt.Sprint("fleet", n), l.modules, "-named", "-store", l.etcd, "-state", p.state))
	}
	callers := []int{1, 8, 64}
	return &table{name: "fleet", rows: []*row{
		{name: "bare transaction of etcd", callers: callers, measure: l.transacting()},
		{name: "validate_token, three hosts, socket to etcd", callers: callers, servers: p.hosts, measure: p.measure},
	}}
}

// transacting measures a compare-and-swap of a sealed record's size, of a key of
// each caller's own.
func (l *lab) transacting() func(*measurement) error {
	value := string(make([]byte, recordSize))
	connect := sync.OnceValues(func() (*clientv3.Client, error) {
		hosts, _, _ := strings.Cut(strings.TrimPrefix(l.etcd, "etcd://"), "/")
		client, err := clientv3.New(clientv3.Config{Endpoints: strings.Split(hosts, ","), DialTimeout: 5 * time.Second})
		if err == nil {
			l.others = append(l.others, func() { client.Close() })
		}
		return client, err
	})
	var callers atomic.Int64
	return func(m *measurement) error {
		client, err := connect()
		if err != nil {
			return err
		}
		return m.closedLoop(func() (measure.Caller, error) {
			key, revision := fmt.Sprintf("/bench/%d", callers.Add(1)), int64(0)
			return measure.Caller{Call: func() error {
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
			}}, nil
		})
	}
}
