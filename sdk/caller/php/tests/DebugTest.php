<?php
namespace LiveAPI\Tests;

use CPANEL;

/** The debug log, which never contains a secret: U §9. */
final class DebugTest extends PageTestCase
{
    public function testUSection9OffByDefault(): void
    {
        $this->host([Host::uapi('M', 'f', 'x')]);
        $cpanel = new CPANEL();
        self::assertSame(0, $cpanel->get_debug_level());
        $cpanel->uapi('M', 'f');
        $cpanel->debug_log('nobody listens');
        self::assertSame('', $cpanel->get_debug_log());
    }

    public function testUSection9EveryFrame(): void
    {
        $this->host([Host::uapi('Echo', 'echo', ['text' => 'pong']), Host::uapi('Echo', 'echo', null), Host::reply(['module' => 'print', 'data' => ['result' => 'alice']])]);
        $cpanel = new CPANEL();
        $cpanel->set_debug(1);
        self::assertSame(1, $cpanel->get_debug_level());
        $cpanel->uapi('Echo', 'echo', ['text' => 'ping']);
        $cpanel->uapi('Echo', 'echo');
        $cpanel->fetch('$user');
        $log = $cpanel->get_debug_log();
        self::assertMatchesRegularExpression('/^> \d+ bytes .*"func":"echo".*"text":"ping"/m', $log);
        self::assertStringContainsString('"args":{}', $log);
        self::assertMatchesRegularExpression('/^< [\d.]+ ms .*"text":"pong"/m', $log);
        self::assertStringContainsString('<cpanel print="$user">', $log);
        self::assertStringContainsString('alice', $log);
    }

    public function testUSection9OwnEntriesByLevel(): void
    {
        $this->host([]);
        $cpanel = new CPANEL();
        $cpanel->set_debug(1);
        $cpanel->debug_log('one');
        $cpanel->debug_log(1, 'two');
        $cpanel->debug_log(2, 'three');
        self::assertSame("one\ntwo\n", $cpanel->get_debug_log());
    }

    public function testNoSecretInTheLog(): void
    {
        $answer = ['secret' => 'CANARY1', 'otpauth_str' => 'CANARY2', 'list' => [['api_token' => ['CANARY3']]]];
        $batch = json_encode(['M', 'f', ['password' => 'CANARY4', 'user' => 'seen']]);
        $api1 = Host::reply(['data' => ['result' => ''], 'func' => 'addpop', 'module' => 'Email']);
        $this->host([
            Host::uapi('M', 'f', $answer), Host::uapi('M', 'f', null), $api1,
            Host::uapi('M', 'get_qr_code', ['svg' => 'CANARY6']), Host::uapi('M', 'f', ['when' => 'shown']),
        ]);
        $cpanel = new CPANEL();
        $file = $this->folder . '/debug.log';
        $cpanel->set_debug(1, $file);
        $cpanel->uapi('M', 'f', ['Pass' => 'CANARY7', 'tfa_token-1' => 123456, 'in' => ['PRIVATE_KEY' => 'CANARY8']]);
        $cpanel->uapi('M', 'f', ['command-0' => $batch]);
        $cpanel->api1('Email', 'addpop', ['bob', 'CANARY5']);
        $cpanel->uapi('M', 'get_qr_code');
        $cpanel->uapi('M', 'f', ['text' => 'visible']);
        $log = $cpanel->get_debug_log();
        self::assertSame($log, file_get_contents($file));
        self::assertSame(0600, fileperms($file) & 0777);
        self::assertStringNotContainsString('CANARY', $log);
        self::assertStringNotContainsString('123456', $log);
        foreach (['[redacted]', 'seen', 'visible', 'shown'] as $part) {
            self::assertStringContainsString($part, $log);
        }
    }

    public function testAFailureIsKept(): void
    {
        $this->host([['pieces' => ['CANARY'], 'then' => 'close']]);
        $cpanel = new CPANEL();
        $cpanel->set_debug(1);
        try {
            $cpanel->uapi('M', 'f');
            self::fail('no exception');
        } catch (\LiveAPI\Exception $e) {
            self::assertStringContainsString('! ' . $e->getMessage(), $cpanel->get_debug_log());
            self::assertStringNotContainsString('CANARY', $cpanel->get_debug_log());
        }
    }

    public function testAFileThatCannotBeWrittenStopsNothing(): void
    {
        $this->host([Host::uapi('M', 'f', 'x')]);
        $cpanel = new CPANEL();
        $cpanel->set_debug(1, $this->folder . '/no/debug.log');
        $cpanel->uapi('M', 'f');
        self::assertStringContainsString('cannot write', $cpanel->get_debug_log());
        self::assertStringContainsString('"func":"f"', $cpanel->get_debug_log());
    }

    public function testTheLogIsBounded(): void
    {
        $this->host([]);
        $cpanel = new CPANEL();
        $cpanel->set_debug(1);
        for ($i = 0; $i < 5; $i++) {
            $cpanel->debug_log(str_repeat((string) $i, 1 << 19));
        }
        self::assertSame(1 << 20, strlen($cpanel->get_debug_log()));
        self::assertSame("4\n", substr($cpanel->get_debug_log(), -2));
    }
}
