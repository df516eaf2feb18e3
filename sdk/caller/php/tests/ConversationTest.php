<?php
namespace LiveAPI\Tests;

use CPANEL;

/** The golden conversations that every implementation replays: W4 to W9. */
final class ConversationTest extends PageTestCase
{
    /** @return array<string, array{string}> */
    public function conversations(): array
    {
        $found = [];
        foreach (glob(__DIR__ . '/../../../../protocol/testdata/conversations/*.txtar') as $file) {
            if (array_filter(array_column(Txtar::steps($file), 'call'))) {
                $found[basename($file)] = [$file];
            }
        }
        return $found;
    }

    /** @dataProvider conversations */
    public function testW5W7W9Conversation(string $file): void
    {
        $steps = array_filter(Txtar::steps($file), static function (array $step): bool {
            return isset($step['call']);
        });
        $plays = [];
        foreach ($steps as $step) {
            if (isset($step['request'])) {
                $plays[] = isset($step['reply']) ? $step['reply'] : ['then' => 'close'];
            }
        }
        // The conversation has its own reply to the switch to JSON.
        self::assertSame(Host::reply(['data' => ['result' => 'json']]), array_shift($plays));
        $host = $this->host($plays);

        $cpanel = null;
        $want = [];
        foreach ($steps as $number => $step) {
            $call = json_decode($step['call'], true, 512, JSON_THROW_ON_ERROR);
            if ($call['method'] === 'new') {
                $cpanel = new CPANEL();
                $got = null;
            } else {
                $got = $cpanel->{$call['method']}(...$call['args']);
                $want[] = $step['request'] ?? null;
            }
            if (isset($step['returns'])) {
                $expected = json_encode(json_decode($step['returns'], true));
                self::assertSame(self::canonical($expected), self::canonical(json_encode($got)), "step $number returns");
            }
        }
        $this->assertRequests(array_values(array_filter($want, 'is_string')), $cpanel, $host);
    }

    /** @param array<string> $want */
    private function assertRequests(array $want, CPANEL $cpanel, Host $host): void
    {
        $end = '<cpanelxml shutdown="1" />';
        $cpanel->end();
        $got = $host->heard()[0];
        if (trim((string) end($want)) !== $end) {
            $want[] = $end;
        }
        self::assertCount(count($want), $got);
        foreach ($want as $i => $payload) {
            $payload = preg_replace('/\n\z/', '', $payload);
            if (strpos($payload, '<cpanelaction>') === 0) {
                self::assertSame(
                    self::canonical(json_encode(self::action($payload))),
                    self::canonical(json_encode(self::action($got[$i])))
                );
            } else {
                self::assertSame($payload, $got[$i]);
            }
        }
    }
}
