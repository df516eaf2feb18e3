<?php
namespace LiveAPI;

/** A host that was started for one page, as `liveapi pipe`, and is stopped with it (W2). */
final class Pipe
{
    /** Seconds to wait for the host to exit: first without a signal, then after SIGTERM. */
    private const PATIENCE = 2.0;

    /** @var resource the host's standard output */
    public $in;
    /** @var resource the host's standard input */
    public $out;
    public string $program;
    /** @var resource */
    private $process;

    /**
     * @param resource $process
     * @param array<resource> $pipes
     */
    private function __construct(string $program, $process, array $pipes)
    {
        $this->program = $program;
        $this->process = $process;
        [$this->out, $this->in] = $pipes;
    }

    /**
     * Starts the first host program that is found. It writes to the page's standard error.
     *
     * @throws Exception with the places that were tried
     */
    public static function start(): self
    {
        $program = self::find(self::places());
        $trouble = 'proc_open failed';
        set_error_handler(static function (int $level, string $text) use (&$trouble): bool {
            $trouble = $text;
            return true;
        });
        try {
            $process = proc_open([$program, 'pipe'], [['pipe', 'r'], ['pipe', 'w']], $pipes);
        } finally {
            restore_error_handler();
        }
        if (!is_resource($process)) {
            throw new Exception("cannot start the LiveAPI host $program: $trouble");
        }
        $pipe = new self($program, $process, $pipes);
        // After an uncaught exception PHP runs no destructors, and would wait
        // for the host without a time-out.
        $weak = \WeakReference::create($pipe);
        register_shutdown_function(static function () use ($weak): void {
            $left = $weak->get();
            if ($left !== null && ((error_get_last()['type'] ?? 0) & (E_ERROR | E_RECOVERABLE_ERROR | E_USER_ERROR))) {
                $left->stop();
            }
        });
        return $pipe;
    }

    /**
     * Where a host program may be, in this order: next to this library, in PATH,
     * in the system's folders.
     *
     * @return array<string>
     */
    public static function places(): array
    {
        $places = [self::root(dirname(__DIR__)) . '/bin/liveapi'];
        foreach (explode(PATH_SEPARATOR, (string) getenv('PATH')) as $folder) {
            // A relative folder would be searched from the page's own folder.
            if ($folder !== '' && $folder[0] === '/') {
                $places[] = rtrim($folder, '/') . '/liveapi';
            }
        }
        return array_values(array_unique(array_merge($places, ['/usr/local/bin/liveapi', '/usr/bin/liveapi'])));
    }

    /** The folder that contains `bin`. The libraries' folder is `sdk` in it, or `sdk/caller` in a checkout. */
    public static function root(string $libraries): string
    {
        return dirname($libraries, basename($libraries) === 'caller' ? 2 : 1);
    }

    /**
     * The program in LIVEAPI_BIN, else the first program in these places.
     *
     * @param array<string> $places
     */
    public static function find(array $places): string
    {
        $given = (string) getenv('LIVEAPI_BIN');
        if ($given !== '') {
            if (self::runs($given)) {
                return $given;
            }
            throw new Exception("LIVEAPI_BIN names $given, which is not a program that may be run. Correct the variable or unset it.");
        }
        foreach ($places as $program) {
            if (self::runs($program)) {
                return $program;
            }
        }
        throw new Exception("there is no LiveAPI host. CPANEL_PHPCONNECT_SOCKET, CPANEL_CONNECT_SOCKET and LIVEAPI_BIN "
            . 'are not set, and there is no program at ' . implode(', ', $places)
            . '. Run the page with `liveapi run`, set LIVEAPI_BIN to the liveapi program, '
            . 'or set CPANEL_PHPCONNECT_SOCKET to the socket of a running `liveapi serve`.');
    }

    private static function runs(string $program): bool
    {
        return is_file($program) && is_executable($program);
    }

    /** Closes the pipes, waits a bounded time for the host to exit, then kills it. Harmless when called twice. */
    public function stop(): void
    {
        foreach ([$this->out, $this->in] as $stream) {
            if (is_resource($stream)) {
                fclose($stream);
            }
        }
        if (!is_resource($this->process)) {
            return;
        }
        if (!$this->gone(self::PATIENCE)) {
            proc_terminate($this->process);
            if (!$this->gone(self::PATIENCE)) {
                proc_terminate($this->process, 9);
            }
        }
        proc_close($this->process);
    }

    private function gone(float $seconds): bool
    {
        $deadline = hrtime(true) + (int) ($seconds * 1e9);
        for ($pause = 200; proc_get_status($this->process)['running']; $pause = min(2 * $pause, 20000)) {
            if (hrtime(true) >= $deadline) {
                return false;
            }
            usleep($pause);
        }
        return true;
    }
}
