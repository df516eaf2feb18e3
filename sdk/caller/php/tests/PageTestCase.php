<?php
namespace LiveAPI\Tests;

use PHPUnit\Framework\TestCase;

/** Gives each test a folder, a scripted host and an environment of its own. */
abstract class PageTestCase extends TestCase
{
    protected string $folder;
    /** @var array<Host> */
    private array $hosts = [];
    /** @var array<string> */
    private array $variables = [];

    protected function setUp(): void
    {
        $this->folder = sys_get_temp_dir() . '/liveapi-' . bin2hex(random_bytes(6));
        mkdir($this->folder, 0700);
        foreach (['CPANEL_PHPCONNECT_SOCKET', 'CPANEL_CONNECT_SOCKET', 'LIVEAPI_BIN', 'LIVEAPI_TIMEOUT'] as $name) {
            $this->unset($name);
        }
    }

    protected function tearDown(): void
    {
        gc_collect_cycles();
        foreach ($this->hosts as $host) {
            $host->stop();
        }
        array_map([$this, 'unset'], $this->variables);
        array_map('unlink', glob($this->folder . '/*'));
        rmdir($this->folder);
    }

    protected function set(string $name, string $value): void
    {
        putenv("$name=$value");
        $this->variables[] = $name;
    }

    protected function unset(string $name): void
    {
        putenv($name);
    }

    /** Starts a host that plays these sessions, and points the environment to it. */
    protected function host(array ...$sessions): Host
    {
        $host = new Host($this->folder, $sessions);
        $this->hosts[] = $host;
        $this->set('CPANEL_PHPCONNECT_SOCKET', $host->socket);
        return $host;
    }

    /** The JSON of a <cpanelaction>, decoded, with objects as objects. */
    protected static function action(string $payload): \stdClass
    {
        self::assertSame(1, preg_match('/\A<cpanelaction>\n(.*)\n<\/cpanelaction>\z/s', $payload, $m), $payload);
        return json_decode($m[1], false, 512, JSON_THROW_ON_ERROR);
    }

    /** The same text for equal JSON values: members are sorted; an object is not equal to a list. */
    protected static function canonical(string $json): string
    {
        $sort = static function ($value) use (&$sort) {
            if ($value instanceof \stdClass) {
                $members = array_map($sort, get_object_vars($value));
                ksort($members, SORT_STRING);
                return (object) $members;
            }
            return is_array($value) ? array_map($sort, $value) : $value;
        };
        return json_encode($sort(json_decode($json, false, 512, JSON_THROW_ON_ERROR)));
    }

    /** @return array{int, string, string} exit status, standard output, standard error of a PHP process */
    protected function php(string ...$args): array
    {
        $command = array_merge([PHP_BINARY, '-d', 'error_reporting=-1', '-d', 'display_errors=stderr'], $args);
        $process = proc_open($command, [1 => ['pipe', 'w'], 2 => ['file', $this->folder . '/stderr', 'w']], $pipes, $this->folder);
        $out = stream_get_contents($pipes[1]);
        $status = proc_close($process);
        return [$status, $out, file_get_contents($this->folder . '/stderr')];
    }
}
