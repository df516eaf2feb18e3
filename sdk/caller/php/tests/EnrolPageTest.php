<?php
namespace LiveAPI\Tests;

/** examples/enrol.live.php, run as the host runs pages. */
final class EnrolPageTest extends PageTestCase
{
    private const PAGE = __DIR__ . '/../../../../examples/enrol.live.php';
    private const REFUSED = 'Failed to set user configuration: The security code is invalid.';

    /** @return array{int, string, string} */
    private function page(): array
    {
        return $this->php('-d', 'auto_prepend_file=' . dirname(__DIR__) . '/prepend.php', self::PAGE);
    }

    /** @param array<string>|null $errors */
    private function reply(string $func, $data, ?array $errors = null): string
    {
        return Host::reply(['apiversion' => 3, 'func' => $func, 'module' => 'TwoFactorAuth', 'result' => [
            'data' => $data, 'errors' => $errors, 'messages' => null,
            'metadata' => (object) [], 'status' => $errors === null ? 1 : 0, 'warnings' => null,
        ]]);
    }

    public function testUSection7Enrolment(): void
    {
        // Half of the key in RFC 6238's examples: "1234567890".
        $host = $this->host([
            $this->reply('generate_user_configuration', ['otpauth_str' => 'otpauth://totp/x', 'secret' => 'GEZDGNBVGY3TQOJQ']),
            $this->reply('set_user_configuration', ['tfa_configured' => 1]),
            $this->reply('get_user_configuration', ['is_enabled' => 1, 'issuer' => 'host.example']),
            $this->reply('set_user_configuration', null, [self::REFUSED]),
        ]);
        $before = intdiv(time(), 30);
        [$status, $out, $errors] = $this->page();
        self::assertSame([0, ''], [$status, $errors], $out);
        self::assertStringContainsString(self::REFUSED, $out);
        self::assertStringNotContainsString('GEZDGNBV', $out);
        $heard = $host->heard()[0];
        self::assertSame('<cpanelxml shutdown="1" />', $heard[4]);
        $set = self::action($heard[1]);
        self::assertSame('GEZDGNBVGY3TQOJQ', $set->args->secret);
        self::assertEquals($set, self::action($heard[3]));
        $codes = [];
        foreach (range($before, intdiv(time(), 30)) as $step) {
            $hash = array_values(unpack('C*', hash_hmac('sha1', pack('J', $step), '1234567890', true)));
            $at = $hash[19] % 16;
            $number = (($hash[$at] % 128) << 24) + ($hash[$at + 1] << 16) + ($hash[$at + 2] << 8) + $hash[$at + 3];
            $codes[] = str_pad((string) ($number % 1000000), 6, '0', STR_PAD_LEFT);
        }
        self::assertContains($set->args->tfa_token, $codes);
    }

    public function testAnAnswerThatIsNotExpectedFailsThePage(): void
    {
        $this->host([
            $this->reply('generate_user_configuration', ['otpauth_str' => 'otpauth://totp/x', 'secret' => 'GEZDGNBVGY3TQOJQ']),
            $this->reply('set_user_configuration', null, [self::REFUSED]),
        ]);
        [$status, $out, $errors] = $this->page();
        self::assertSame([1, ''], [$status, $errors]);
        self::assertStringContainsString('The page expected the code to be accepted', $out);
    }

    /** RFC 6238, Appendix B, SHA-1, its last six digits. */
    public function testTheCodesOfRFC6238(): void
    {
        self::assertSame(1, preg_match('/^function code\(.*?^}/ms', file_get_contents(self::PAGE), $m));
        file_put_contents($this->folder . '/code.php', '<?php ' . $m[0]
            . ' foreach ([59, 1111111109, 1111111111, 1234567890, 2000000000, 20000000000] as $time) {'
            . ' echo code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", $time), " "; }');
        self::assertSame([0, '287082 081804 050471 005924 279037 353130 ', ''], $this->php($this->folder . '/code.php'));
    }
}
