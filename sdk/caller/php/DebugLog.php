<?php
namespace LiveAPI;

require_once __DIR__ . '/Redaction.php';

/**
 * A log of the frames, for the author of a page. Secrets are replaced by Redaction
 * before an entry is stored.
 */
final class DebugLog
{
    /** The most bytes that are kept in memory; the oldest are dropped. */
    private const LIMIT = 1048576;

    private string $text = '';
    private string $file = '';

    /** Also appends each entry to this file, which only its owner can read. '' stops that. */
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
        $this->add('> ' . strlen($payload) . ' bytes ' . Redaction::request($payload));
    }

    /** @param array<mixed> $reply a reply, decoded */
    public function received(array $reply, float $seconds): void
    {
        $this->add(sprintf('< %.1f ms %s', 1e3 * $seconds, Redaction::reply($reply)));
    }
}
