<?php
namespace LiveAPI\Tests;

use CPANEL;

/** The methods that the golden conversations do not cover: U §9. */
final class MethodsTest extends PageTestCase
{
    private function dom(int $number): string
    {
        return Host::uapi('Chrome', 'get_dom', ['header' => "<html><head></head>$number", 'footer' => "$number</html>"]);
    }

    public function testUSection9HeaderAndFooterAreOneCall(): void
    {
        $host = $this->host([$this->dom(1), $this->dom(2)]);
        $cpanel = new CPANEL();
        self::assertSame('<html><head></head>1', $cpanel->header('My page', 'my_app'));
        self::assertSame('<html><head></head>1', $cpanel->header('My page', 'my_app'));
        self::assertSame('1</html>', $cpanel->footer());
        self::assertSame('<html><head></head>2', $cpanel->header('Another'));
        self::assertSame('2</html>', $cpanel->footer());
        $cpanel->end();
        $requests = array_slice($host->heard()[0], 0, -1);
        self::assertCount(2, $requests);
        $request = self::action($requests[0]);
        self::assertSame(['Chrome', 'get_dom', 'uapi'], [$request->module, $request->func, $request->apiversion]);
        self::assertEquals((object) ['page_title' => 'My page', 'app_key' => 'my_app'], $request->args);
        self::assertEquals((object) ['page_title' => 'Another'], self::action($requests[1])->args);
    }

    public function testUSection9FooterAlone(): void
    {
        $host = $this->host([$this->dom(1)]);
        $cpanel = new CPANEL();
        self::assertSame('1</html>', $cpanel->footer());
        self::assertSame('<html><head></head>1', $cpanel->header());
        $cpanel->end();
        self::assertCount(2, $host->heard()[0]);
    }

    public function testUSection9HeaderThatFailsIsEmptyAndLogged(): void
    {
        $this->host([Host::uapi('Chrome', 'get_dom', null, 0)]);
        $cpanel = new CPANEL();
        self::assertSame('', $cpanel->header('x'));
        self::assertStringContainsString('It failed.', $cpanel->get_debug_log());
    }

    /** @return array<string, array{string, mixed}> */
    public function results(): array
    {
        return [
            'API 1' => [Host::reply(['data' => ['result' => 'text'], 'func' => 'f', 'module' => 'M']), 'text'],
            'API 1, null' => [Host::reply(['data' => ['result' => null], 'func' => 'f', 'module' => 'M']), null],
            'API 2' => [Host::reply(['cpanelresult' => ['data' => [['a' => 1]], 'func' => 'f', 'module' => 'M']]), [['a' => 1]]],
            'UAPI' => [Host::uapi('M', 'f', [1, 2]), [1, 2]],
        ];
    }

    /**
     * @dataProvider results
     * @param mixed $want
     */
    public function testUSection9GetResult(string $reply, $want): void
    {
        $this->host([$reply]);
        $cpanel = new CPANEL();
        self::assertNull($cpanel->get_result());
        $cpanel->exec(['module' => 'M', 'func' => 'f']);
        self::assertSame($want, $cpanel->get_result());
    }

    public function testExecSendsTheRequestAsGiven(): void
    {
        $feature = Host::reply(['cpanelresult' => ['apiversion' => 1, 'data' => ['result' => 1], 'module' => 'feature']]);
        $host = $this->host([Host::uapi('M', 'f', 'x'), Host::uapi('M', 'f', 'x'), $feature]);
        $cpanel = new CPANEL();
        self::assertSame('x', $cpanel->exec(['module' => 'M', 'func' => 'f'])['cpanelresult']['result']['data']);
        $cpanel->exec(['args' => ['a' => 1], 'apiversion' => 3, 'module' => 'M', 'func' => 'f']);
        $reply = $cpanel->exec(['reqtype' => 'feature', 'module' => 'feature', 'func' => 'feature', 'apiversion' => '', 'args' => 'x']);
        self::assertSame(1, $reply['cpanelresult']['data']['result']);
        $cpanel->end();
        $requests = $host->heard()[0];
        self::assertEquals((object) ['module' => 'M', 'reqtype' => 'exec', 'func' => 'f', 'apiversion' => 'uapi', 'args' => (object) []], self::action($requests[0]));
        self::assertSame(3, self::action($requests[1])->apiversion);
        self::assertSame('feature', self::action($requests[2])->reqtype);
    }

    public function testUSection9ALaterCallAfterTheEndStartsAnotherSession(): void
    {
        $host = $this->host([], [Host::uapi('M', 'f', 'x')]);
        $cpanel = new CPANEL();
        $cpanel->end();
        self::assertSame('x', $cpanel->uapi('M', 'f')['cpanelresult']['result']['data']);
        $cpanel->end();
        self::assertCount(2, $host->heard());
    }
}
