<?php
namespace LiveAPI\Tests;

/** A scripted host in a process of its own. */
final class Host
{
    public string $socket;
    private string $file;
    /** @var resource */
    private $process;
    /** @var array<resource> */
    private array $pipes = [];

    /**
     * @param array<array<array<mixed>|string>> $sessions steps of play.php; a string is one piece
     */
    public function __construct(string $folder, array $sessions)
    {
        $this->socket = $folder . '/host.sock';
        $this->file = $folder . '/heard';
        $this->process = proc_open([PHP_BINARY, __DIR__ . '/server.php'], [['pipe', 'r'], ['pipe', 'w']], $this->pipes);
        $sessions = array_map([self::class, 'session'], $sessions);
        fwrite($this->pipes[0], json_encode(['socket' => $this->socket, 'heard' => $this->file, 'sessions' => $sessions]) . "\n");
        if (fgets($this->pipes[1]) !== "ready\n") {
            throw new \RuntimeException('the scripted host did not start');
        }
    }

    /**
     * Steps in the form that play.php reads. The first is the switch to JSON.
     *
     * @param array<array<mixed>|string> $steps
     * @return array<array<mixed>>
     */
    public static function session(array $steps): array
    {
        array_unshift($steps, self::reply(['data' => ['result' => 'json']]));
        return self::steps($steps);
    }

    /**
     * @param array<array<mixed>|string> $steps
     * @return array<array<mixed>>
     */
    public static function steps(array $steps): array
    {
        return array_map(static function ($step): array {
            $step = is_string($step) ? ['pieces' => [$step]] : $step;
            foreach (['pieces', 'late'] as $name) {
                if (isset($step[$name])) {
                    $step[$name] = array_map('base64_encode', $step[$name]);
                }
            }
            return $step;
        }, $steps);
    }

    /** A reply by W7 and W8. @param mixed $value */
    public static function reply($value): string
    {
        $json = json_encode($value, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_HEX_TAG | JSON_HEX_AMP);
        return "<?xml version=\"1.0\" ?>\n<cpanelresult>$json</cpanelresult>\n";
    }

    /**
     * A successful reply of UAPI. @param mixed $data
     */
    public static function uapi(string $module, string $func, $data, int $status = 1): string
    {
        return self::reply(['apiversion' => 3, 'func' => $func, 'module' => $module, 'result' => [
            'data' => $data, 'errors' => $status ? null : ['It failed.'], 'messages' => null,
            'metadata' => new \stdClass(), 'status' => $status, 'warnings' => null,
        ]]);
    }

    /**
     * Waits until the host has played its script, and returns all that callers sent.
     *
     * @return array<array<string>> payloads by session, without the switch to JSON
     */
    public function heard(): array
    {
        $sessions = [];
        stream_get_contents($this->pipes[1]);
        foreach (file($this->file) as $line) {
            [$number, $payload] = json_decode($line, true);
            $sessions[$number] = $sessions[$number] ?? [];
            if ($payload !== null) {
                $sessions[$number][] = base64_decode($payload);
            }
        }
        $this->stop();
        return array_map(static function (array $payloads): array {
            return $payloads[0] === '<cpaneljson enable="1">' ? array_slice($payloads, 1) : $payloads;
        }, $sessions);
    }

    public function stop(): void
    {
        if (is_resource($this->process)) {
            array_map('fclose', $this->pipes);
            proc_terminate($this->process);
            proc_close($this->process);
        }
    }
}
