<?php
namespace LiveAPI\Tests;

use CPANEL;
use LiveAPI\Exception;
use LiveAPI\Reply;

/** How a reply is read: W7, W8, W9, W10. */
final class ReplyTest extends PageTestCase
{
    public function testW7TornAtEveryByte(): void
    {
        $bytes = Host::uapi('Echo', 'echo', ['text' => "Grüße 🌍 </cpanelresult>\n"]);
        for ($i = 0; $i < strlen($bytes); $i++) {
            for ($j = $i; $j < strlen($bytes); $j += 7) {
                $reply = new Reply();
                self::assertFalse($reply->feed(substr($bytes, 0, $i)));
                self::assertFalse($reply->feed(substr($bytes, $i, $j - $i)));
                self::assertTrue($reply->feed(substr($bytes, $j)));
                self::assertSame("Grüße 🌍 </cpanelresult>\n", $reply->decode()['result']['data']['text']);
                self::assertFalse($reply->hasMore());
            }
        }
    }

    public function testW7TornAtEveryByteOverTheSocket(): void
    {
        $bytes = Host::uapi('Echo', 'echo', 'ü');
        $steps = [];
        for ($i = 1; $i < strlen($bytes); $i++) {
            $steps[] = ['pieces' => [substr($bytes, 0, $i), substr($bytes, $i)]];
        }
        $steps[] = ['pieces' => str_split($bytes)];
        $this->host($steps);
        $cpanel = new CPANEL();
        foreach ($steps as $_) {
            self::assertSame('ü', $cpanel->uapi('Echo', 'echo')['cpanelresult']['result']['data']);
        }
    }

    /** Replies that just fit into one read, and just do not. */
    public function testW7EverySizeAroundABuffer(): void
    {
        $replies = [];
        foreach ([2048, 2048 + 262144] as $size) {
            for ($length = $size - 1; $length <= $size + 1; $length++) {
                $replies[] = Host::uapi('Echo', 'echo', str_repeat('x', $length - strlen(Host::uapi('Echo', 'echo', ''))));
                self::assertSame($length, strlen(end($replies)));
            }
        }
        $this->host($replies);
        $cpanel = new CPANEL();
        foreach ($replies as $reply) {
            $text = $cpanel->uapi('Echo', 'echo')['cpanelresult']['result']['data'];
            self::assertSame(strlen($reply), strlen($text) + strlen(Host::uapi('Echo', 'echo', '')));
        }
    }

    /** @return array<string, array{string}> */
    public function inexact(): array
    {
        $json = '{"apiversion":3,"func":"echo","module":"Echo","result":{"data":"x","status":1}}';
        return [
            'white space after it' => ["<?xml version=\"1.0\" ?>\n<cpanelresult>$json</cpanelresult>\n\n"],
            'no XML declaration' => ["<cpanelresult>$json</cpanelresult>\n"],
            'white space around the JSON' => ["<?xml version=\"1.0\" ?>\n<cpanelresult> $json </cpanelresult>\n"],
        ];
    }

    /** @dataProvider inexact */
    public function testW7ReadAlthoughItIsNotExact(string $bytes): void
    {
        $this->host([$bytes]);
        self::assertSame('x', (new CPANEL())->uapi('Echo', 'echo')['cpanelresult']['result']['data']);
    }

    /** The first closing marker ends the reply, also when it is inside a string. */
    public function testW8CutAtTheFirstMarker(): void
    {
        $reply = new Reply();
        $reply->feed("<?xml version=\"1.0\" ?>\n<cpanelresult>{\"a\":1}</cpanelresult><cpanelresult>{\"forged\":1}</cpanelresult>\n");
        self::assertSame(['a' => 1], $reply->decode());
        self::assertTrue($reply->hasMore());
    }

    public function testW8NothingOfASecondReplyReachesTheNextCall(): void
    {
        $first = Host::uapi('Echo', 'echo', 'first');
        $host = $this->host([$first . Host::uapi('Echo', 'echo', 'forged')], [Host::uapi('Echo', 'echo', 'second')]);
        $cpanel = new CPANEL();
        self::assertSame('first', $cpanel->uapi('Echo', 'echo')['cpanelresult']['result']['data']);
        self::assertSame('second', $cpanel->uapi('Echo', 'echo')['cpanelresult']['result']['data']);
        $cpanel->end();
        self::assertCount(2, $host->heard());
    }

    /** @return array<string, array{string, string}> */
    public function malformed(): array
    {
        $head = "<?xml version=\"1.0\" ?>\n";
        return [
            'W10 empty' => ["$head<cpanelresult></cpanelresult>\n", 'empty'],
            'W7 no opening' => ["$head{\"a\":1}</cpanelresult>\n", 'W7'],
            'W7 opening after closing' => ["$head</cpanelresult><cpanelresult>{}\n", 'W7'],
            'W7 the end of another reply' => ["\"x\":1}$head<cpanelresult>{}</cpanelresult>\n", 'before'],
            'W7 a stray print' => ["debug\n$head<cpanelresult>{}</cpanelresult>\n", 'before'],
            'W7 torn JSON' => ["$head<cpanelresult>{\"a\":</cpanelresult>\n", 'Syntax error'],
            'W7 no object' => ["$head<cpanelresult>7</cpanelresult>\n", 'no object'],
            'W8 not UTF-8' => ["$head<cpanelresult>{\"a\":\"\xff\"}</cpanelresult>\n", 'UTF-8'],
        ];
    }

    /** @dataProvider malformed */
    public function testW7Malformed(string $bytes, string $why): void
    {
        $this->host([Host::uapi('Echo', 'echo', 'old'), $bytes], [Host::uapi('Echo', 'echo', 'new')]);
        $cpanel = new CPANEL();
        $cpanel->uapi('Echo', 'echo');
        try {
            $cpanel->uapi('Echo', 'echo');
            self::fail('no exception');
        } catch (Exception $e) {
            self::assertStringContainsString($why, $e->getMessage());
        }
        self::assertNull($cpanel->get_result(), 'the last answer is gone');
        self::assertSame('new', $cpanel->uapi('Echo', 'echo')['cpanelresult']['result']['data']);
    }

    public function testW9NeverWrappedTwice(): void
    {
        $inner = ['apiversion' => 2, 'data' => [], 'event' => ['result' => 1], 'func' => 'f', 'module' => 'M'];
        $this->host([Host::reply(['cpanelresult' => $inner]), Host::reply($inner)]);
        $cpanel = new CPANEL();
        self::assertSame(['cpanelresult' => $inner], $cpanel->api2('M', 'f'));
        self::assertSame(['cpanelresult' => $inner], $cpanel->api2('M', 'f'));
    }

    /** The reply to a request that could not be read has the members of every API version. */
    public function testW10ErrorReplyIsAnOrdinaryResult(): void
    {
        $core = ['data' => null, 'errors' => ['bad request (id 1)'], 'messages' => null, 'metadata' => [], 'status' => 0, 'warnings' => null];
        $error = Host::reply(['error' => 'bad request (id 1)', 'result' => $core, 'module' => '']);
        $this->host(array_fill(0, 6, $error));
        $cpanel = new CPANEL();
        $result = $cpanel->uapi('M', 'f')['cpanelresult']['result'];
        self::assertSame(0, $result['status']);
        self::assertSame(['bad request (id 1)'], $result['errors']);
        self::assertSame('bad request (id 1)', $cpanel->api2('M', 'f')['cpanelresult']['error']);
        self::assertSame('', $cpanel->cpanelprint('$x'));
        self::assertSame('key', $cpanel->cpanellangprint('key'));
        self::assertSame(0, $cpanel->cpanelif('1'));
        self::assertSame(0, $cpanel->cpanelfeature('f'));
    }

    /** A host without texts sends an API 1 error whose result is empty. */
    public function testUSection9KeyWithoutAText(): void
    {
        $this->host([Host::reply(['data' => ['result' => ''], 'error' => 'no texts', 'func' => '', 'module' => 'langprint'])]);
        self::assertSame('key', (new CPANEL())->cpanellangprint('key'));
    }

    public function testW15LargeReplyAndRequest(): void
    {
        $large = str_repeat('0123456789ü</cpanel', 1 << 16);
        $host = $this->host([Host::uapi('Echo', 'echo', $large), Host::uapi('Echo', 'echo', 'after')]);
        $cpanel = new CPANEL();
        $reply = $cpanel->uapi('Echo', 'echo', ['text' => $large]);
        self::assertTrue($reply['cpanelresult']['result']['data'] === $large);
        self::assertSame('after', $cpanel->uapi('Echo', 'echo')['cpanelresult']['result']['data']);
        $cpanel->end();
        self::assertTrue(self::action($host->heard()[0][0])->args->text === $large);
    }

    public function testNumbersBeyond64BitsKeepTheirDigits(): void
    {
        $this->host([str_replace('"BIG"', '123456789012345678901', Host::uapi('Echo', 'echo', 'BIG'))]);
        self::assertSame('123456789012345678901', (new CPANEL())->uapi('Echo', 'echo')['cpanelresult']['result']['data']);
    }
}
