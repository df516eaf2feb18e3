package twofactorauth

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"liveapi.host/sdk"
)

// full is a record with everything in it.
func full(t testing.TB) record {
	t.Helper()
	random := strings.NewReader(strings.Repeat("CANARY-RANDOM-", 40))
	_, kept, err := newRecovery(hmacSHA256, random)
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPending(hmacSHA256, random, "JBSWY3DPEHPK3PXP", 1700000000)
	if err != nil {
		t.Fatal(err)
	}
	return record{secret: sdk.NewSecret(rfcSecret), lastStep: 7, fails: 4, notBefore: 1700000030, recovery: kept, pending: p}
}

// No format prints a secret of a record or of a value that contains a record.
func TestRecordPrintsNoSecret(t *testing.T) {
	r := full(t)
	c := newCandidate(sdk.NewSecret("123456"))
	e := enrolment{secret: r.secret, code: c, current: &c}
	for _, s := range []string{
		fmt.Sprint(r), fmt.Sprintf("%+v %#v", r, r), fmt.Sprint(&r), fmt.Sprint([]record{r}), fmt.Sprintf("%s %q %x", r.secret, r.secret, r.secret),
		fmt.Sprintf("%v %+v %#v", r.recovery, r.recovery, r.recovery), fmt.Sprintf("%v %+v %#v", r.pending, r.pending, r.pending),
		fmt.Sprintf("%v %+v %#v", c, c, c), fmt.Sprintf("%v %+v %#v", e, e, e),
	} {
		for _, secret := range []string{rfcSecret, fmt.Sprintf("%x", rfcSecret), "CANARY", fmt.Sprintf("%x", "CANARY"), "67 65 78 65", "123456", fmt.Sprintf("%x", "123456")} {
			if strings.Contains(s, secret) {
				t.Errorf("%s shows in %s", secret, s)
			}
		}
	}
}

func TestRecordComesBack(t *testing.T) {
	empty := record{lastStep: 7}
	used := full(t)
	used.recovery.macs = nil // all codes were used: not the same as none made
	for name, r := range map[string]record{"empty": empty, "full": full(t), "used up": used} {
		b, err := r.encode()
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsFunc(string(b), unicode.IsControl) || !strings.HasPrefix(string(b), `{"schema":2,`) {
			t.Errorf("%s: the stored form is not one line of schema 2: %q", name, b)
		}
		back, err := decodeRecord(b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again, err := back.encode()
		if err != nil || string(again) != string(b) {
			t.Errorf("%s: %s came back as %s, %v", name, b, again, err)
		}
		if back.secret.Reveal() != r.secret.Reveal() || back.lastStep != r.lastStep || back.fails != r.fails ||
			back.notBefore != r.notBefore ||
			len(back.recovery.macs) != len(r.recovery.macs) {
			t.Errorf("%s: the record came back as %v", name, back)
		}
	}
}

func TestRecordOfSchema1IsRead(t *testing.T) {
	r, err := decodeRecord([]byte(`{"schema":1,"secret":"JBSWY3DPEHPK3PXP","last_step":58000000}`))
	if err != nil || r.secret.Reveal() != "JBSWY3DPEHPK3PXP" || r.lastStep != 58000000 || r.fails != 0 || r.notBefore != 0 {
		t.Errorf("%v, %v", r, err)
	}
}

// badRecords are invalid; none may be read as an empty record.
func badRecords() []string {
	key := strings.Repeat("A", 43) + "="
	return []string{
		"", "{", "null", "[]", "5", `{}`, `{"schema":0,"last_step":1}`, `{"schema":3,"last_step":1}`, `{"last_step":5}`,
		`{"schema":1,"last_step":-1}`, `{"schema":2,"last_step":-1}`, `{"schema":2,"last_step":1099511627777}`, `{"schema":2,"last_step":1e300}`,
		`{"schema":1,"last_step":1,"fails":1}`, `{"schema":1,"last_step":1,"not_before":1}`,
		`{"schema":2,"last_step":1,"fails":-1}`, `{"schema":2,"last_step":1,"fails":1073741825}`,
		`{"schema":2,"last_step":1,"not_before":-1}`, `{"schema":2,"last_step":1,"not_before":35184372088833}`,
		`{"schema":2,"last_step":1,"secret":"CANARY"}`, `{"schema":2,"last_step":1,"secret":"jbswy3dpehpk3pxp"}`,
		`{"schema":1,"secret":5,"last_step":"` + rfcSecret + `"}`, `{"schema":2,"last_step":1,"other":"CANARY"}`, `{"schema":2,"last_step":1}{}`,
		`{"schema":2,"last_step":1,"recovery":{"key":"` + key + `","codes":[]}}`,
		`{"schema":2,"last_step":1,"secret":"` + rfcSecret + `","recovery":{"key":"AAAA","codes":[]}}`,
		`{"schema":2,"last_step":1,"secret":"` + rfcSecret + `","recovery":{"key":"` + key + `","codes":["AAAA"]}}`,
		`{"schema":2,"last_step":1,"secret":"` + rfcSecret + `","recovery":{"key":"` + key + `","codes":["` + strings.Repeat(key+`","`, 10) + key + `"]}}`,
		`{"schema":2,"last_step":1,"pending":{"key":"` + key + `","mac":"AAAA","issued":5}}`,
		`{"schema":2,"last_step":1,"pending":{"key":"` + key + `","mac":"` + key + `","issued":-5}}`,
	}
}

func TestBadRecordsAreRefused(t *testing.T) {
	for _, bad := range badRecords() {
		r, err := decodeRecord([]byte(bad))
		if err == nil || r.enabled() || strings.Contains(err.Error(), rfcSecret) || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: %v, %v", bad, r, err)
		}
	}
}
