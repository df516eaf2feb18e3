<?php
use LiveAPI\DebugLog;
use PHPUnit\Framework\TestCase;

/** The debug log hides what the trace of the host and the Perl library hide. */
final class RedactionTest extends TestCase
{
    private const FOLDER = __DIR__ . '/../../../../protocol/testdata/redaction/';

    public function testS19WordsAreTheOneList(): void
    {
        $words = [];
        foreach (file(self::FOLDER . 'words.txt', FILE_IGNORE_NEW_LINES | FILE_SKIP_EMPTY_LINES) as $line) {
            if ($line[0] !== '#') {
                $words[] = $line[0] === '=' ? '(?:^|[^a-z])' . substr($line, 1) . '(?:$|[^a-z])' : $line;
            }
        }
        $this->assertSame('/' . implode('|', $words) . '/i', DebugLog::SECRET);
    }

    public function testS19Redaction(): void
    {
        $cases = json_decode(file_get_contents(self::FOLDER . 'cases.json'), true);
        $this->assertGreaterThan(30, count($cases['names']));
        foreach ($cases['names'] as $case) {
            $this->assertSame($case['hidden'], strpos($this->shown([$case['name'] => 'shown']), '[redacted]') !== false, $case['name']);
        }
        foreach ($cases['values'] as $case) {
            $this->assertEquals($case['shown'], json_decode(strstr($this->shown($case['in']), '{'), true), $case['what']);
        }
    }

    /** @param array<mixed> $reply */
    private function shown(array $reply): string
    {
        $log = new DebugLog();
        $log->received($reply, 'f', 0.0);
        return $log->text();
    }
}
