<?php
namespace LiveAPI\Tests;

use CPANEL;
use LiveAPI\Exception;

/** What ends a session, and that a reply is never taken for that of another call: W1, W3, W5, W7. */
final class SessionTest extends PageTestCase
{
    private function failing(CPANEL $cpanel, string ...$why): void
    {
        try {
            $cpanel->uapi('Echo', 'echo');
            self::fail('no exception');
        } catch (Exception $e) {
            foreach ($why as $part) {
                self::assertStringContainsString($part, $e->getMessage());
            }
        }
        self::assertNull($cpanel->get_result(), 'the last answer is gone');
    }

    private function echoes(CPANEL $cpanel): string
    {
        return $cpanel->uapi('Echo', 'echo')['cpanelresult']['result']['data'];
    }

    public function testW1PHPsVariableComesFirst(): void
    {
        $this->host([]);
        $this->set('CPANEL_CONNECT_SOCKET', '/nowhere');
        self::assertInstanceOf(CPANEL::class, new CPANEL());
    }

    public function testW1TheOtherVariable(): void
    {
        $host = $this->host([]);
        $this->unset('CPANEL_PHPCONNECT_SOCKET');
        $this->set('CPANEL_CONNECT_SOCKET', $host->socket);
        self::assertInstanceOf(CPANEL::class, new CPANEL());
    }

    public function testW1NobodyListens(): void
    {
        $this->set('CPANEL_PHPCONNECT_SOCKET', $this->folder . '/gone.sock');
        $this->expectException(Exception::class);
        $this->expectExceptionMessageMatches('~gone\.sock \(from CPANEL_PHPCONNECT_SOCKET\): No such file.*liveapi serve~');
        new CPANEL();
    }

    public function testW1APathThatASocketCannotHave(): void
    {
        $this->set('CPANEL_PHPCONNECT_SOCKET', '/' . str_repeat('x', 107));
        $this->expectException(Exception::class);
        $this->expectExceptionMessage('107 bytes');
        new CPANEL();
    }

    /** @return array<string, array{mixed, string}> */
    public function noHosts(): array
    {
        return [
            'something else' => [['data' => ['result' => 'xml']], 'no LiveAPI host'],
            'refused' => [['error' => 'too many sessions', 'result' => ['errors' => ['too many sessions']]], 'too many sessions'],
        ];
    }

    /**
     * @dataProvider noHosts
     * @param mixed $answer
     */
    public function testW5SwitchToJSONIsChecked($answer, string $why): void
    {
        $host = new Host($this->folder, []);
        $host->stop();
        $this->set('CPANEL_PHPCONNECT_SOCKET', $host->socket);
        unlink($host->socket);
        $server = stream_socket_server('unix://' . $host->socket);
        // The kernel queues the connection, so the host may be slower than the page.
        $pid = pcntl_fork();
        if ($pid === 0) {
            $stream = stream_socket_accept($server, 10);
            frame_of($stream);
            fwrite($stream, Host::reply($answer));
            fgets($stream);
            posix_kill(getmypid(), SIGKILL);
        }
        try {
            new CPANEL();
            self::fail('no exception');
        } catch (Exception $e) {
            self::assertStringContainsString($why, $e->getMessage());
        } finally {
            pcntl_waitpid($pid, $status);
        }
    }

    public function testW7EndOfFileWithoutAByte(): void
    {
        $this->host([Host::uapi('Echo', 'echo', 'old'), ['then' => 'close']], [Host::uapi('Echo', 'echo', 'new')]);
        $cpanel = new CPANEL();
        self::assertSame('old', $this->echoes($cpanel));
        $this->failing($cpanel, 'closed the connection', 'Echo::echo', '(0 bytes', 'not known');
        self::assertSame('new', $this->echoes($cpanel));
    }

    public function testW7EndOfFileInTheMiddle(): void
    {
        $torn = substr(Host::uapi('Echo', 'echo', 'torn'), 0, -1);
        $this->host(
            [Host::uapi('Echo', 'echo', 'old'), ['pieces' => [$torn], 'then' => 'close']],
            [Host::uapi('Echo', 'echo', 'new')]
        );
        $cpanel = new CPANEL();
        $this->echoes($cpanel);
        $this->failing($cpanel, 'closed the connection', '(' . strlen($torn) . ' bytes');
        self::assertSame('new', $this->echoes($cpanel));
    }

    public function testW7EndOfFileInTheMiddleOfALargeReply(): void
    {
        $torn = substr(Host::uapi('Echo', 'echo', str_repeat('x', 4 << 20)), 0, 3 << 20);
        $this->host([['pieces' => [$torn], 'then' => 'close']], [Host::uapi('Echo', 'echo', 'new')]);
        $cpanel = new CPANEL();
        $this->failing($cpanel, 'closed the connection', '(' . strlen($torn) . ' bytes');
        self::assertSame('new', $this->echoes($cpanel));
    }

    public function testW7NoMoreOfAReplyInTime(): void
    {
        $torn = substr(Host::uapi('Echo', 'echo', 'torn'), 0, 60);
        $this->host([['pieces' => [$torn], 'then' => 'hold', 'late' => ['']]], [Host::uapi('Echo', 'echo', 'new')]);
        $cpanel = new CPANEL();
        $cpanel->timeout = 0.05;
        $this->failing($cpanel, 'no answer to Echo::echo within 0.05 s');
        $cpanel->timeout = 60;
        self::assertSame('new', $this->echoes($cpanel));
    }

    /** A reply that arrives between two calls is not taken for the second. */
    public function testW3AReplyThatNobodyAskedFor(): void
    {
        $this->host(
            [['pieces' => [Host::uapi('Echo', 'echo', 'first'), Host::uapi('Echo', 'echo', 'unasked')]]],
            [Host::uapi('Echo', 'echo', 'second')]
        );
        $cpanel = new CPANEL();
        self::assertSame('first', $this->echoes($cpanel));
        $connection = \Closure::bind(function () {
            return $this->connection;
        }, $cpanel, CPANEL::class)();
        while ($connection->usable()) {
            usleep(100);
        }
        self::assertSame('second', $this->echoes($cpanel));
    }

    /** The host sends the reply of the call that timed out during the next call. */
    public function testW7LateReplyReachesNobody(): void
    {
        $host = $this->host(
            [Host::uapi('Echo', 'echo', 'old'), ['then' => 'hold', 'late' => [Host::uapi('Echo', 'echo', 'late')]]],
            [Host::uapi('Echo', 'echo', 'new'), Host::uapi('Echo', 'echo', 'newer')]
        );
        $cpanel = new CPANEL();
        $this->echoes($cpanel);
        $cpanel->timeout = 0.05;
        $this->failing($cpanel, 'no answer to Echo::echo within 0.05 s', 'not known');
        $cpanel->timeout = 60;
        self::assertSame('new', $this->echoes($cpanel));
        self::assertSame('newer', $this->echoes($cpanel));
        $cpanel->end();
        self::assertCount(2, $host->heard());
    }

    public function testTimeoutOfTheEnvironment(): void
    {
        $this->host([]);
        $this->set('LIVEAPI_TIMEOUT', '2.5');
        self::assertSame(2.5, (new CPANEL())->timeout);
    }

    public function testTimeoutOfTheEnvironmentIsChecked(): void
    {
        $this->set('LIVEAPI_TIMEOUT', '-1');
        $this->expectExceptionMessage('LIVEAPI_TIMEOUT');
        new CPANEL();
    }

    /** @return array<string, array{string, mixed}> */
    public function strangers(): array
    {
        return [
            'uapi, function' => ['uapi', Host::uapi('Echo', 'other', 'x')],
            'uapi, module' => ['uapi', Host::uapi('Other', 'echo', 'x')],
            'uapi, no names' => ['uapi', Host::reply(['result' => ['status' => 1]])],
            'api2' => ['api2', Host::reply(['cpanelresult' => ['data' => [], 'func' => 'echo', 'module' => 'Other']])],
            'api1' => ['api1', Host::reply(['data' => ['result' => ''], 'func' => 'other', 'module' => 'Echo'])],
            'an error that names another call' => ['uapi', Host::reply(['error' => 'x', 'func' => 'other', 'result' => ['errors' => ['x']]])],
        ];
    }

    /** @dataProvider strangers */
    public function testW3AnswerToAnotherCall(string $method, string $reply): void
    {
        $this->host([$reply], [Host::uapi('Echo', 'echo', 'new')]);
        $cpanel = new CPANEL();
        try {
            $cpanel->$method('Echo', 'echo');
            self::fail('no exception');
        } catch (Exception $e) {
            self::assertStringContainsString('for another call', $e->getMessage());
        }
        self::assertNull($cpanel->get_result());
        self::assertSame('new', $this->echoes($cpanel));
    }

    public function testW5EndIsAnsweredAndHarmlessTwice(): void
    {
        $host = $this->host([Host::reply(['data' => ['result' => 'shutdown']])]);
        $cpanel = new CPANEL();
        $cpanel->end();
        $cpanel->end();
        unset($cpanel);
        self::assertSame([['<cpanelxml shutdown="1" />']], $host->heard());
    }

    public function testW5EndByItselfWhenThePageDropsTheObject(): void
    {
        $host = $this->host([Host::reply(['data' => ['result' => 'shutdown']])]);
        $cpanel = new CPANEL();
        $cpanel = null;
        self::assertSame([['<cpanelxml shutdown="1" />']], $host->heard());
    }

    public function testW5EndWithoutAnAnswer(): void
    {
        $host = $this->host([['then' => 'close']]);
        $cpanel = new CPANEL();
        $cpanel->end();
        self::assertStringContainsString('the end of the session', $cpanel->get_debug_log());
        self::assertSame([['<cpanelxml shutdown="1" />']], $host->heard());
    }

    public function testW5EndOfASilentHostIsBounded(): void
    {
        $this->host([['then' => 'hold', 'late' => ['']], []], []);
        $cpanel = new CPANEL();
        $cpanel->timeout = 0.05;
        $start = hrtime(true);
        $cpanel->end();
        self::assertLessThan(1e9, hrtime(true) - $start);
        new CPANEL();
    }

    /** A call after the host has closed the idle session (W12) opens a new one and succeeds. */
    public function testW12IdleSessionIsReplaced(): void
    {
        $host = $this->host([['pieces' => [Host::uapi('Echo', 'echo', 'old')], 'then' => 'close']]);
        $cpanel = new CPANEL();
        self::assertSame('old', $this->echoes($cpanel));
        $host->heard(); // returns when that host has ended
        unlink($host->socket);
        $this->host([Host::uapi('Echo', 'echo', 'new')]);
        self::assertSame('new', $this->echoes($cpanel));
    }

    /** The host refuses a frame that is too long before it has read the whole frame (W12, W13). */
    public function testW13AnswerBeforeTheRequestWasRead(): void
    {
        $path = $this->folder . '/early.sock';
        $server = stream_socket_server("unix://$path");
        $this->set('CPANEL_PHPCONNECT_SOCKET', $path);
        $pid = pcntl_fork();
        if ($pid === 0) {
            $stream = stream_socket_accept($server, 10);
            frame_of($stream);
            fwrite($stream, Host::reply(['data' => ['result' => 'json']]));
            fread($stream, 100);
            fwrite($stream, Host::reply(['error' => 'too long (W12)', 'result' => ['errors' => ['too long (W12)'], 'status' => 0]]));
            fclose($stream);
            posix_kill(getmypid(), SIGKILL);
        }
        $cpanel = new CPANEL();
        $reply = $cpanel->uapi('Echo', 'echo', ['text' => str_repeat('x', 8 << 20)]);
        self::assertSame(['too long (W12)'], $reply['cpanelresult']['result']['errors']);
        pcntl_waitpid($pid, $status);
    }

    /** The session belongs to the parent: a child has its own, and ends only that. */
    public function testForkedChildHasASessionOfItsOwn(): void
    {
        $shutdown = Host::reply(['data' => ['result' => 'shutdown']]);
        $host = $this->host(
            [['pieces' => [Host::uapi('Echo', 'echo', 'parent')]], ['pieces' => [Host::uapi('Echo', 'echo', 'parent again')]], $shutdown]
        );
        $cpanel = new CPANEL();
        self::assertSame('parent', $this->echoes($cpanel));
        $pid = pcntl_fork();
        if ($pid === 0) {
            $cpanel->timeout = 0.05; // the scripted host has no time for a second session
            try {
                $this->echoes($cpanel);
            } catch (Exception $e) {
                $cpanel->end();
            }
            posix_kill(getmypid(), SIGKILL);
        }
        pcntl_waitpid($pid, $status);
        self::assertSame('parent again', $this->echoes($cpanel));
        $cpanel->end();
        self::assertCount(3, $host->heard()[0]);
    }

    /** A signal does not end a call, and its handler cannot make another call on the same object. */
    public function testW3SignalDuringACall(): void
    {
        $fifo = $this->folder . '/handled';
        posix_mkfifo($fifo, 0600);
        $host = $this->host([['signal' => getmypid(), 'await' => $fifo, 'pieces' => [Host::uapi('Echo', 'echo', 'x')]], Host::uapi('Echo', 'echo', 'y')]);
        $cpanel = new CPANEL();
        $cpanel->timeout = 10;
        $seen = '';
        pcntl_async_signals(true);
        pcntl_signal(SIGUSR1, static function () use ($cpanel, $fifo, &$seen): void {
            try {
                $cpanel->uapi('Echo', 'nested');
            } catch (Exception $e) {
                $seen = $e->getMessage();
            }
            file_put_contents($fifo, 'x');
        });
        try {
            self::assertSame('x', $this->echoes($cpanel));
        } finally {
            pcntl_signal(SIGUSR1, SIG_DFL);
            pcntl_async_signals(false);
        }
        self::assertStringContainsString('under way', $seen);
        self::assertSame('y', $this->echoes($cpanel));
        $cpanel->end();
        self::assertCount(3, $host->heard()[0]);
    }
}

/** @param resource $stream */
function frame_of($stream): string
{
    return fread($stream, (int) fgets($stream));
}
