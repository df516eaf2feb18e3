<?php
namespace LiveAPI;

/**
 * One reply, assembled from the pieces in which it arrives (W7). It does no I/O.
 */
final class Reply
{
    /** The most bytes of a reply: far above the 4 MiB of W15, so that only an endless reply exceeds it. */
    public const LIMIT = 67108864;

    private const OPEN = '<cpanelresult>';
    private const CLOSE = '</cpanelresult>';

    private string $bytes = '';
    private int $searched = 0;
    private int $marker = -1;
    private int $end = -1;

    /**
     * Takes the next piece. Returns true when the line with the first closing marker
     * is complete.
     */
    public function feed(string $piece): bool
    {
        $this->bytes .= $piece;
        if ($this->marker < 0) {
            $at = strpos($this->bytes, self::CLOSE, $this->searched);
            if ($at === false) {
                // The piece may end with the first bytes of the marker.
                $this->searched = max(0, strlen($this->bytes) - strlen(self::CLOSE) + 1);
                return false;
            }
            $this->marker = $this->searched = $at;
        }
        $at = strpos($this->bytes, "\n", $this->searched);
        if ($at === false) {
            $this->searched = strlen($this->bytes);
            return false;
        }
        $this->end = $at + 1;
        return true;
    }

    /** The number of bytes so far. */
    public function size(): int
    {
        return strlen($this->bytes);
    }

    /** Whether there is anything but white space after the first closing marker. */
    public function hasMore(): bool
    {
        return trim(substr($this->bytes, $this->marker + strlen(self::CLOSE))) !== '';
    }

    /**
     * The JSON between the markers, decoded.
     *
     * @return array<mixed>
     * @throws Exception when it is not a reply by W7, or empty (W10)
     */
    public function decode(): array
    {
        $open = strpos($this->bytes, self::OPEN);
        if ($this->end < 0 || $open === false || $open > $this->marker) {
            throw new Exception('the answer has no <cpanelresult> (W7)');
        }
        if (!preg_match('/\A\s*(<\?xml[^<>]*\?>)?\s*\z/', substr($this->bytes, 0, $open))) {
            throw new Exception('something stands before the answer (W7)');
        }
        $from = $open + strlen(self::OPEN);
        $json = substr($this->bytes, $from, $this->marker - $from);
        if (trim($json) === '') {
            throw new Exception('the answer is empty (W10)');
        }
        $value = json_decode($json, true, 512, JSON_BIGINT_AS_STRING);
        if (!is_array($value)) {
            $why = json_last_error() === JSON_ERROR_NONE ? 'it is no object' : json_last_error_msg();
            throw new Exception("the answer cannot be read as JSON: $why");
        }
        return $value;
    }
}
