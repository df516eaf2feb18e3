<?php
namespace LiveAPI\Tests;

use CPANEL;
use LiveAPI\InvalidArgument;

/** How arguments are encoded: W4, W5, W6, U7, U9. */
final class ArgumentsTest extends PageTestCase
{
    /** @return array<string, array{string, mixed, string}> method, arguments, what is sent */
    public function arguments(): array
    {
        return [
            'U9 none' => ['uapi', [], '{}'],
            'U9 null' => ['uapi', null, '{}'],
            'U9 none, API 2' => ['api2', [], '{}'],
            'U9 none, API 1' => ['api1', [], '[]'],
            'U9 list' => ['api1', ['a', 'b'], '["a","b"]'],
            'scalar' => ['api1', 'a', '"a"'],
            'U7 numbers and booleans' => ['uapi', ['n' => 5, 'f' => 0.1, 't' => true], '{"n":5,"f":0.1,"t":true}'],
            'nested' => ['uapi', ['a' => ['b' => [1, []]]], '{"a":{"b":[1,[]]}}'],
            'U8 suffixes' => ['uapi', ['name' => 'a', 'name-1' => 'b'], '{"name":"a","name-1":"b"}'],
            'object' => ['uapi', (object) ['a' => 'b'], '{"a":"b"}'],
            'W4 more bytes than characters' => ['uapi', ['a' => 'Grüße 🌍'], '{"a":"Grüße 🌍"}'],
            'W5 a closing tag inside' => ['uapi', ['a' => "</cpanelaction>\n5\n"], '{"a":"<\/cpanelaction>\n5\n"}'],
            'empty text' => ['uapi', ['a' => ''], '{"a":""}'],
        ];
    }

    /**
     * @dataProvider arguments
     * @param mixed $args
     */
    public function testW5Arguments(string $method, $args, string $sent): void
    {
        $host = $this->host([Host::reply(['func' => 'f', 'module' => 'M', 'result' => ['status' => 1]])]);
        $cpanel = new CPANEL();
        $cpanel->$method('M', 'f', $args);
        $cpanel->end();
        $payload = $host->heard()[0][0];
        self::assertSame(1, substr_count($payload, '</cpanelaction>'));
        self::assertSame(self::canonical($sent), self::canonical(json_encode(self::action($payload)->args)));
    }

    /** A tag is sent unchanged, in UTF-8: it has more bytes than characters. */
    public function testW4LengthCountsBytes(): void
    {
        $host = $this->host([Host::reply(['module' => 'print', 'data' => ['result' => '']])]);
        $cpanel = new CPANEL();
        $cpanel->fetch("\$CPDATA{'Grüße 🌍'}");
        $cpanel->end();
        self::assertSame(["<cpanel print=\"\$CPDATA{'Grüße 🌍'}\">", '<cpanelxml shutdown="1" />'], $host->heard()[0]);
    }

    /** @return array<string, array{mixed, string}> arguments, what the message names */
    public function faults(): array
    {
        $loop = [];
        $loop['self'] = &$loop;
        return [
            'a value' => [['good' => 'x', 'text' => "secret\xe9"], '“text” is not valid UTF-8'],
            'a nested value' => [['a' => ['b' => ['x', "secret\xff"]]], '“a[b][1]” is not valid UTF-8'],
            'a name' => [['good' => 'x', "secret\xff" => 'x'], '“number 2 (its name)” is not valid UTF-8'],
            'an item' => [['x', "secret\xff"], '“1” is not valid UTF-8'],
            'text' => ["secret\xff", 'an argument is not valid UTF-8'],
            'no number' => [['n' => NAN], '“n” cannot be sent'],
            'a stream' => [['n' => STDIN], '“n” cannot be sent'],
            'a loop' => [$loop, 'too deeply'],
        ];
    }

    /**
     * @dataProvider faults
     * @param mixed $args
     */
    public function testW6NothingIsSent($args, string $message): void
    {
        $host = $this->host([Host::uapi('M', 'f', 'after')]);
        $cpanel = new CPANEL();
        try {
            $cpanel->uapi('M', 'f', $args);
            self::fail('no exception');
        } catch (InvalidArgument $e) {
            self::assertStringContainsString($message, $e->getMessage());
            self::assertStringNotContainsString('secret', $e->getMessage());
        }
        self::assertSame('after', $cpanel->uapi('M', 'f')['cpanelresult']['result']['data']);
        $cpanel->end();
        self::assertCount(2, $host->heard()[0]);
    }

    /** @return array<string, array{callable}> */
    public function texts(): array
    {
        return [
            'module' => [static function (CPANEL $c): void {
                $c->uapi("M\xff", 'f');
            }],
            'function' => [static function (CPANEL $c): void {
                $c->api2('M', ['f']);
            }],
            'fetch' => [static function (CPANEL $c): void {
                $c->fetch("\xff");
            }],
        ];
    }

    /** @dataProvider texts */
    public function testW6OtherTexts(callable $call): void
    {
        $this->host([]);
        $this->expectException(InvalidArgument::class);
        $call(new CPANEL());
    }
}
