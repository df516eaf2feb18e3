<?php
namespace LiveAPI\Tests;

use CPANEL;
use LiveAPI\Exception;
use LiveAPI\Pipe;

/** A host that is started for the page: W2. */
final class PipeTest extends PageTestCase
{
    /** @param array<array<mixed>|string> $steps */
    private function program(array $steps): void
    {
        file_put_contents($this->folder . '/script', json_encode(Host::session($steps)));
        $this->set('FAKE_SCRIPT', $this->folder . '/script');
        $this->set('FAKE_RECORD', $this->folder . '/record');
        $this->set('LIVEAPI_BIN', __DIR__ . '/fake-liveapi');
    }

    /** @return array<?string> */
    private function record(): array
    {
        return array_map('json_decode', file($this->folder . '/record'));
    }

    public function testW2Session(): void
    {
        $this->program([Host::uapi('Echo', 'echo', 'x'), ['pieces' => str_split(Host::uapi('Echo', 'echo', str_repeat('ü', 1 << 17)), 50001)]]);
        $cpanel = new CPANEL();
        self::assertSame('x', $cpanel->uapi('Echo', 'echo')['cpanelresult']['result']['data']);
        $data = $cpanel->uapi('Echo', 'echo', ['text' => str_repeat('x', 1 << 18)])['cpanelresult']['result']['data'];
        self::assertTrue($data === str_repeat('ü', 1 << 17));
        $cpanel->end();
        $record = $this->record();
        self::assertSame(['pipe', '<cpaneljson enable="1">'], array_slice($record, 0, 2));
        self::assertSame(['<cpanelxml shutdown="1" />', null], array_slice($record, 4));
    }

    public function testW2HostThatEndsAndIsStartedAgain(): void
    {
        $this->program([['then' => 'close']]);
        $cpanel = new CPANEL();
        try {
            $cpanel->uapi('Echo', 'echo');
            self::fail('no exception');
        } catch (Exception $e) {
            self::assertStringContainsString('fake-liveapi ended before it had answered Echo::echo', $e->getMessage());
        }
        $this->program([Host::uapi('Echo', 'echo', 'again')]);
        self::assertSame('again', $cpanel->uapi('Echo', 'echo')['cpanelresult']['result']['data']);
    }

    public function testW2NoProgram(): void
    {
        try {
            Pipe::find([$this->folder . '/a/liveapi', $this->folder . '/b/liveapi']);
            self::fail('no exception');
        } catch (Exception $e) {
            foreach (['CPANEL_PHPCONNECT_SOCKET', 'LIVEAPI_BIN', '/a/liveapi', '/b/liveapi', 'liveapi run', 'liveapi serve'] as $part) {
                self::assertStringContainsString($part, $e->getMessage());
            }
        }
    }

    public function testW2TheNamedProgramIsNotThere(): void
    {
        $this->set('LIVEAPI_BIN', $this->folder);
        $this->expectException(Exception::class);
        $this->expectExceptionMessage('LIVEAPI_BIN names ' . $this->folder);
        new CPANEL();
    }

    public function testW2PlacesInOrder(): void
    {
        $path = getenv('PATH');
        putenv('PATH=.:/first::relative:/second/');
        try {
            $places = Pipe::places();
        } finally {
            putenv("PATH=$path");
        }
        $beside = dirname(__DIR__, 4) . '/bin/liveapi';
        self::assertSame([$beside, '/first/liveapi', '/second/liveapi', '/usr/local/bin/liveapi', '/usr/bin/liveapi'], $places);
        mkdir("$this->folder/found");
        copy(__DIR__ . '/fake-liveapi', "$this->folder/found/liveapi");
        chmod("$this->folder/found/liveapi", 0700);
        self::assertSame("$this->folder/found/liveapi", Pipe::find([$this->folder, "$this->folder/found/liveapi"]));
        unlink("$this->folder/found/liveapi");
        rmdir("$this->folder/found");
    }

    public function testW2RootOfACheckoutAndOfAPackage(): void
    {
        self::assertSame('/srv/liveapi', Pipe::root('/srv/liveapi/sdk/caller'));
        self::assertSame('/usr/share/liveapi', Pipe::root('/usr/share/liveapi/sdk'));
    }

    /** A page that ends by an exception does not wait for a host that does not exit. */
    public function testW2UncaughtExceptionDoesNotHang(): void
    {
        $this->program([]);
        $this->set('FAKE_STUBBORN', $this->folder . '/stubborn.sock');
        file_put_contents($this->folder . '/page.php', '<?php require ' . var_export(dirname(__DIR__) . '/cpanel.php', true)
            . '; $cpanel = new CPANEL(); throw new Exception("of the page");');
        $start = hrtime(true);
        [$status, , $errors] = $this->php($this->folder . '/page.php');
        self::assertLessThan(10e9, hrtime(true) - $start);
        self::assertSame(255, $status);
        self::assertStringContainsString('of the page', $errors);
        self::assertSame(['pipe', '<cpaneljson enable="1">', null], $this->record());
    }

    public function testW2PageThatExitsEndsItsSession(): void
    {
        $this->program([]);
        file_put_contents($this->folder . '/page.php', '<?php require ' . var_export(dirname(__DIR__) . '/cpanel.php', true)
            . '; $cpanel = new CPANEL(); exit(3);');
        self::assertSame([3, '', ''], $this->php($this->folder . '/page.php'));
        self::assertSame(['pipe', '<cpaneljson enable="1">', '<cpanelxml shutdown="1" />', null], $this->record());
    }
}
