<?php
namespace LiveAPI\Tests;

use LiveAPI\Redaction;
use PHPUnit\Framework\TestCase;

/** What the log hides: the words and the vectors that Go and Perl are tested with, too. */
final class RedactionTest extends TestCase
{
    private const VECTORS = __DIR__ . '/../../../../protocol/testdata/redaction';

    public function testS19WordsAreThoseOfTheList(): void
    {
        $lines = file(self::VECTORS . '/words.txt', FILE_IGNORE_NEW_LINES | FILE_SKIP_EMPTY_LINES);
        $words = preg_replace('/^=(.*)/', '(?:^|[^a-z])$1(?:$|[^a-z])', preg_grep('/^#/', $lines, PREG_GREP_INVERT));
        self::assertSame(implode('|', $words), Redaction::WORDS);
    }

    /** @return iterable<string, array{array<mixed>}> */
    public function vectors(): iterable
    {
        foreach (json_decode(file_get_contents(self::VECTORS . '/vectors.json')) as $vector) {
            // A reply that cannot be read is not logged.
            if ($vector->frame === 'request' || is_object($vector->in)) {
                yield $vector->name => [$vector];
            }
        }
    }

    /** @dataProvider vectors */
    public function testS19Vector(\stdClass $vector): void
    {
        $in = is_string($vector->in) ? $vector->in : json_encode($vector->in);
        if ($vector->frame === 'reply') {
            $shown = Redaction::reply(json_decode($in, true));
        } else {
            $shown = Redaction::request(is_string($vector->in) ? $in : "<cpanelaction>\n$in\n</cpanelaction>");
        }
        if ($vector->shown === null) {
            self::assertSame('[' . strlen($in) . ' bytes that cannot be read]', $shown);
        } elseif (is_string($vector->shown)) {
            self::assertSame($vector->shown, $shown);
        } else {
            self::assertSame(self::sorted($vector->shown), self::sorted(json_decode($shown)));
        }
    }

    /**
     * A value whose maps are arrays in the order of their names.
     *
     * @param mixed $value
     * @return mixed
     */
    private static function sorted($value)
    {
        if (!is_array($value) && !is_object($value)) {
            return $value;
        }
        $members = array_map([self::class, 'sorted'], (array) $value);
        ksort($members);
        return $members;
    }
}
