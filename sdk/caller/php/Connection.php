<?php
namespace LiveAPI;

// Names that are resolved when this file is compiled make each call shorter.
use function fread, fwrite, getmypid, hrtime, is_array, json_decode, restore_error_handler, set_error_handler, stream_select,
    stream_socket_recvfrom, strlen, strncmp, strpos, substr;

/**
 * One session with a host, over its unix socket (W1) or over the pipes of a host
 * that was started for it (W2). Every error ends the session, because after one
 * the next reply may belong to an earlier request.
 */
final class Connection
{
    /** The most bytes that a unix socket's path may have. PHP would cut a longer path and connect to another socket. */
    private const MAX_PATH = 107;

    /** Bytes before and after the JSON of a reply (W7). */
    private const HEAD = 37;
    private const TAIL = 16;

    /** Bytes of the first read: PHP allocates a buffer of this size quickly, and most replies are shorter. */
    private const SMALL = 2048;
    /** Bytes of each read, or write, after that. */
    private const LARGE = 262144;

    /** Seconds to wait for the reply to the end of a session. */
    private const FAREWELL = 2.0;

    /** @var resource|null */
    private $in;
    /** @var resource|null */
    private $out;
    private ?Pipe $pipe;
    private int $pid;
    /** `text` is the last warning that PHP gave during a call. */
    private \stdClass $trouble;
    /** The error handler that keeps warnings from the page. It has no $this, which would be a reference cycle. */
    private \Closure $note;
    /** A call is under way, or the session is closed. */
    private bool $busy = false;

    /**
     * @param resource $in
     * @param resource $out
     */
    private function __construct($in, $out, ?Pipe $pipe)
    {
        $this->in = $in;
        $this->out = $out;
        $this->pipe = $pipe;
        $this->pid = (int) getmypid();
        $this->trouble = $trouble = new \stdClass();
        $this->note = static function (int $level, string $text) use ($trouble): bool {
            $trouble->text = $text;
            return true;
        };
        foreach ([$in, $out] as $stream) {
            stream_set_blocking($stream, false);
            stream_set_read_buffer($stream, 0);
        }
    }

    /**
     * Connects to the socket that the environment names, or starts a host.
     *
     * @param float $seconds how long to retry when the host's queue of connections is full
     * @throws Exception with what was tried and what to do
     */
    public static function open(float $seconds): self
    {
        foreach (['CPANEL_PHPCONNECT_SOCKET', 'CPANEL_CONNECT_SOCKET'] as $name) {
            $path = (string) getenv($name);
            if ($path !== '') {
                $stream = self::connect($path, $name, $seconds);
                return new self($stream, $stream, null);
            }
        }
        require_once __DIR__ . '/Pipe.php';
        $pipe = Pipe::start();
        return new self($pipe->in, $pipe->out, $pipe);
    }

    /** @return resource */
    private static function connect(string $path, string $name, float $seconds)
    {
        if (strlen($path) > self::MAX_PATH) {
            throw new Exception("$name is longer than the " . self::MAX_PATH . ' bytes that a socket path may have');
        }
        $deadline = hrtime(true) + (int) ($seconds * 1e9);
        $number = 0;
        $text = '';
        do {
            set_error_handler(static function (): bool {
                return true;
            });
            try {
                $stream = stream_socket_client("unix://$path", $number, $text, $seconds);
            } finally {
                restore_error_handler();
            }
            if ($stream !== false) {
                return $stream;
            }
            // 11 is EAGAIN: the host's queue of connections is full now.
        } while ($number === 11 && hrtime(true) < $deadline && usleep(1000) === null);
        throw new Exception("cannot connect to the LiveAPI host at $path (from $name): $text. Start the host with "
            . '`liveapi serve`, run the page with `liveapi run`, or unset the variable so that the page starts a host of its own.');
    }

    /**
     * Whether the next call may use this session: no call is under way, the host has
     * not closed the connection and has not sent anything without a request, and this
     * process is not a forked child, because the session belongs to its parent.
     */
    public function usable(): bool
    {
        if ($this->busy || $this->pid !== getmypid()) {
            return false;
        }
        if ($this->pipe === null) {
            // false: nothing to read. '': end of file.
            return stream_socket_recvfrom($this->in, 1, STREAM_PEEK) === false;
        }
        $read = [$this->in];
        $none = null;
        set_error_handler($this->note);
        try {
            return $this->select($read, $none, 0) === 0;
        } finally {
            restore_error_handler();
        }
    }

    /** Whether a call is under way in this process. It can be when a signal handler asks. */
    public function busy(): bool
    {
        return $this->busy && $this->in !== null && $this->pid === getmypid();
    }

    /**
     * Sends one frame (W4) and waits for its reply.
     *
     * @param string $what names the call in an exception
     * @return array<mixed> the decoded reply
     * @throws Exception after which the session is closed
     */
    public function exchange(string $payload, string $what, float $seconds): array
    {
        $this->busy = true;
        $done = false;
        set_error_handler($this->note);
        try {
            $start = hrtime(true);
            $frame = strlen($payload) . "\n$payload";
            $sent = fwrite($this->out, $frame);
            $piece = '';
            // The short way, for a reply that arrives in one piece and has exactly the form of W7.
            $read = [$this->in];
            $none = null;
            if ($sent === strlen($frame) && stream_select($read, $none, $none, 0, (int) ($seconds * 1e6)) && $this->in !== null) {
                $piece = (string) fread($this->in, self::SMALL);
                if (strlen($piece) === self::SMALL) {
                    $piece .= fread($this->in, self::LARGE);
                }
                if (
                    strpos($piece, '</cpanelresult>') === strlen($piece) - self::TAIL
                    && $piece[-1] === "\n"
                    && strncmp($piece, "<?xml version=\"1.0\" ?>\n<cpanelresult>", self::HEAD) === 0
                ) {
                    $value = json_decode(substr($piece, self::HEAD, -self::TAIL), true, 512, JSON_BIGINT_AS_STRING);
                    if (is_array($value)) {
                        $done = true;
                        return $value;
                    }
                }
            }
            $reply = new Reply();
            $all = $this->transfer($frame, $sent, $reply, $piece, $what, $start + (int) ($seconds * 1e9), $seconds);
            $value = $reply->decode();
            // When the host did not read the whole request, or sent more than one
            // reply, this reply is valid but the session cannot be used again.
            $done = $all && !$reply->hasMore();
            $this->trouble->text = '';
            return $value;
        } finally {
            restore_error_handler();
            $this->busy = false;
            if (!$done) {
                $this->close();
            }
        }
    }

    /**
     * Writes the rest of a frame and reads the rest of the reply, both at the same
     * time, until the reply is complete.
     *
     * @param int|false $sent  bytes of the frame that are written; false after a write error
     * @param string    $piece the part of the reply that is read
     * @return bool whether the whole frame was written
     */
    private function transfer(string $frame, $sent, Reply $reply, string $piece, string $what, int $deadline, float $seconds): bool
    {
        $refused = $sent === false;
        $sent = (int) $sent;
        while ($piece === '' || !$reply->feed($piece)) {
            if ($reply->size() > Reply::LIMIT) {
                throw new Exception("the answer to $what is longer than " . Reply::LIMIT . ' bytes');
            }
            $piece = '';
            if ($this->in === null) {
                throw new Exception("the session was ended while $what was under way");
            }
            $left = intdiv($deadline - hrtime(true), 1000);
            if ($left <= 0) {
                throw new Exception("no answer to $what within $seconds s; whether it took effect is not known. The session was closed.");
            }
            $read = [$this->in];
            $write = $refused || $sent === strlen($frame) ? null : [$this->out];
            if ($this->select($read, $write, $left) < 1) {
                continue;
            }
            if ($write) {
                $n = fwrite($this->out, substr($frame, $sent, self::LARGE));
                $refused = $n === false;
                $sent += (int) $n;
            }
            if ($read) {
                $piece = (string) fread($this->in, self::LARGE);
                if ($piece === '' && feof($this->in)) {
                    throw new Exception($this->ended($reply, $what));
                }
            }
        }
        return $sent === strlen($frame);
    }

    private function ended(Reply $reply, string $what): string
    {
        $text = $this->pipe === null ? 'the host closed the connection' : 'the host ' . $this->pipe->program . ' ended';
        $text .= " before it had answered $what (" . $reply->size() . ' bytes of the answer were received)';
        if ($this->trouble->text !== '') {
            $text .= ": {$this->trouble->text}";
        }
        return $text . '; whether it took effect is not known. The host\'s log says why.';
    }

    /**
     * stream_select with a time-out in microseconds: 0 after the time-out, -1 after a
     * signal. PHP then gives a warning, so an error handler must be set.
     *
     * @param array<resource>|null $read
     * @param array<resource>|null $write
     */
    private function select(?array &$read, ?array &$write, int $microseconds): int
    {
        $except = null;
        $n = stream_select($read, $write, $except, intdiv($microseconds, 1000000), $microseconds % 1000000);
        return $n === false ? -1 : $n;
    }

    /**
     * Ends the session (W5) and closes the connection. Waits a short, bounded time for
     * the reply. Never throws.
     *
     * @return string the error, or ''
     */
    public function end(float $seconds): string
    {
        $trouble = '';
        try {
            if ($this->usable()) {
                $this->exchange('<cpanelxml shutdown="1" />', 'the end of the session', min($seconds, self::FAREWELL));
            }
        } catch (Exception $e) {
            $trouble = $e->getMessage();
        }
        $this->close();
        return $trouble;
    }

    /** Closes the connection and sends nothing. Harmless when called twice, and in a forked child. */
    public function close(): void
    {
        $in = $this->in;
        $out = $this->out;
        $pipe = $this->pipe;
        $this->in = $this->out = $this->pipe = null;
        $this->busy = true;
        foreach ($in === $out ? [$in] : [$out, $in] as $stream) {
            if (is_resource($stream)) {
                fclose($stream);
            }
        }
        if ($pipe !== null && $this->pid === getmypid()) {
            $pipe->stop();
        }
    }
}
