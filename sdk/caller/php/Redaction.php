<?php
namespace LiveAPI;

/**
 * Replaces the secrets of a frame for the debug log, by the rules of
 * protocol/testdata/redaction. Go and Perl follow the same rules.
 */
final class Redaction
{
    /** A name that contains one of these is the name of a secret: the lines of protocol/testdata/redaction/words.txt. */
    public const WORDS = 'pass|pwd|secret|token|otp|auth|key|code|qr|cookie|sess|credential|private|(?:^|[^a-z])pin(?:$|[^a-z])';

    private const SECRET = '/' . self::WORDS . '/i';

    /** A text with one of these may contain names and values: JSON, pairs, attributes, otpauth URIs. */
    private const BESIDE = '/[{="]|%(?:3d|7b|22)|otpauth(?::|%3a)/i';

    /** Modules whose arguments have no names and are shown. */
    private const PRINTING = ['print', 'if', 'feature', 'langprint'];

    private const SESSION = ['<cpaneljson enable="1">', '<cpanelxml shutdown="1" />'];

    private const HIDDEN = '[redacted]';

    /** A payload without its secrets: the JSON of an action, or a tag. */
    public static function request(string $payload): string
    {
        $text = trim($payload);
        if (strncmp($text, '<cpanelaction>', 14) === 0 && substr($text, -15) === '</cpanelaction>') {
            $action = json_decode((string) substr($text, 14, -15));
            if (is_object($action)) {
                return self::json(self::action((array) $action));
            }
        } elseif (in_array($text, self::SESSION, true)) {
            return $text;
        } elseif (preg_match('/\A<cpanel (\w+)="(.*)">\z/s', $text, $part)) {
            $value = $part[1] === 'print' ? $part[2] : preg_replace('/\A(\w*)\(.*\z/s', '$1([redacted])', $part[2]);
            return "<cpanel $part[1]=\"" . self::text((string) $value) . '">';
        }
        return '[' . strlen($payload) . ' bytes that cannot be read]';
    }

    /** @param array<mixed> $reply a reply, decoded */
    public static function reply(array $reply): string
    {
        $function = $reply['cpanelresult']['func'] ?? $reply['func'] ?? '';
        $shown = self::value($reply);
        if (is_string($function) && self::isSecret($function)) {
            $shown = self::withoutData($shown);
        }
        return self::json($shown);
    }

    /**
     * @param array<mixed> $action
     * @return array<mixed>
     */
    private static function action(array $action): array
    {
        $printing = in_array($action['module'] ?? '', self::PRINTING, true);
        foreach ($action as $name => $member) {
            if ($name === 'args' && is_array($member)) {
                $action[$name] = $printing ? self::value($member) : array_fill(0, count($member), self::HIDDEN);
            } elseif ($name === 'args' && (is_object($member) || $printing)) {
                $action[$name] = self::value($member);
            } elseif (in_array($name, ['module', 'func', 'reqtype', 'apiversion'], true)) {
                $action[$name] = self::value($member);
            } else {
                $action[$name] = self::hide($member);
            }
        }
        return $action;
    }

    /**
     * A function whose own name looks secret may return a secret under any name.
     *
     * @param array<mixed> $reply
     * @return array<mixed>
     */
    private static function withoutData(array $reply): array
    {
        foreach ($reply as $name => $member) {
            if ($name === 'data') {
                $reply[$name] = self::hide($member);
            } elseif (is_array($member)) {
                $reply[$name] = self::withoutData($member);
            }
        }
        return $reply;
    }

    /**
     * @param mixed $value
     * @return mixed
     */
    private static function value($value)
    {
        if (is_string($value)) {
            return self::text($value);
        }
        if (!is_array($value) && !is_object($value)) {
            return $value;
        }
        $members = (array) $value;
        foreach ($members as $name => $member) {
            $members[$name] = is_string($name) && self::isSecret($name) ? self::hide($member) : self::value($member);
        }
        // In the log an empty map is not an empty list.
        return is_object($value) ? (object) $members : $members;
    }

    /** A text can be JSON, such as a command of Batch, or contain a name and its value. */
    private static function text(string $text): string
    {
        $start = ltrim($text);
        if ($start !== '' && ($start[0] === '[' || $start[0] === '{')) {
            $inner = json_decode($text);
            if (is_array($inner) || is_object($inner)) {
                return self::json(self::value($inner));
            }
        }
        return self::isSecret($text) && preg_match(self::BESIDE, $text) !== 0 ? self::HIDDEN : $text;
    }

    private static function isSecret(string $name): bool
    {
        return preg_match(self::SECRET, $name) !== 0;
    }

    /**
     * @param mixed $value
     */
    private static function hide($value): ?string
    {
        return $value === null ? null : self::HIDDEN;
    }

    /** @param mixed $value */
    private static function json($value): string
    {
        return (string) json_encode($value, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_PARTIAL_OUTPUT_ON_ERROR);
    }
}
