<?php
namespace LiveAPI;

/**
 * What went over the wire, for the author of a page. Values whose names look
 * secret are replaced before they are kept, in requests and in replies.
 */
final class DebugLog
{
    /** Bytes that are kept in memory; the oldest go first. */
    private const LIMIT = 1048576;

    private const SECRET = '/pass|pwd|secret|token|otp|key|code|qr/i';
    private const REDACTED = '[redacted]';

    private string $text = '';
    private string $file = '';

    /** Also appends every entry to this file, which only its owner can read; '' stops that. */
    public function to(string $file): void
    {
        $this->file = $file;
    }

    public function text(): string
    {
        return $this->text;
    }

    public function add(string $entry): void
    {
        $this->text .= $entry . "\n";
        if (strlen($this->text) > self::LIMIT) {
            $this->text = (string) substr($this->text, -self::LIMIT);
        }
        if ($this->file !== '' && !$this->append($entry . "\n")) {
            $file = $this->file;
            $this->file = '';
            $this->add("! cannot write to $file: the log is kept in memory only");
        }
    }

    private function append(string $line): bool
    {
        set_error_handler(static function (): bool {
            return true;
        });
        $mask = umask(0077);
        try {
            return file_put_contents($this->file, $line, FILE_APPEND | LOCK_EX) !== false;
        } finally {
            umask($mask);
            restore_error_handler();
        }
    }

    /** A frame that is about to be sent. */
    public function sent(string $payload): void
    {
        $shown = $payload;
        if (strncmp($payload, '<cpanelaction>', 14) === 0) {
            $request = (array) json_decode(substr($payload, 14, -15));
            // The arguments of an API 1 function have no names to judge them by.
            $blind = ($request['func'] ?? '') !== '' && is_array($request['args'] ?? null)
                && isset($request['args'][0]) && (string) ($request['apiversion'] ?? '') === '1';
            if ($blind) {
                $request['args'] = array_fill(0, count($request['args']), self::REDACTED);
            }
            $shown = self::json(self::redact($request));
        }
        $this->add('> ' . strlen($payload) . " bytes $shown");
    }

    /** @param array<mixed> $reply a reply, decoded */
    public function received(array $reply, string $function, float $seconds): void
    {
        $shown = self::redact($reply);
        if (preg_match(self::SECRET, $function)) {
            $shown = self::withoutData($shown);
        }
        $this->add(sprintf('< %.1f ms %s', 1e3 * $seconds, self::json($shown)));
    }

    /**
     * A function whose own name looks secret may answer with one under any name.
     *
     * @param array<mixed> $reply
     * @return array<mixed>
     */
    private static function withoutData(array $reply): array
    {
        foreach ($reply as $name => $value) {
            if ($name === 'data') {
                $reply[$name] = self::REDACTED;
            } elseif (is_array($value)) {
                $reply[$name] = self::withoutData($value);
            }
        }
        return $reply;
    }

    /**
     * @param mixed $value
     * @return mixed
     */
    private static function redact($value)
    {
        if (is_string($value)) {
            // Batch::strict takes its commands as JSON inside of strings.
            $inner = $value !== '' && ($value[0] === '[' || $value[0] === '{') ? json_decode($value) : null;
            return is_array($inner) || is_object($inner) ? self::json(self::redact($inner)) : $value;
        }
        if (!is_array($value) && !is_object($value)) {
            return $value;
        }
        $members = (array) $value;
        foreach ($members as $name => $member) {
            $members[$name] = is_string($name) && preg_match(self::SECRET, $name) ? self::REDACTED : self::redact($member);
        }
        // An empty map stays one in the log.
        return is_object($value) ? (object) $members : $members;
    }

    /** @param mixed $value */
    private static function json($value): string
    {
        return (string) json_encode($value, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_PARTIAL_OUTPUT_ON_ERROR);
    }
}
