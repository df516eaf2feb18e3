<?php
namespace LiveAPI\Tests;

/** A txtar archive: a comment, then files that begin at lines of the form `-- NAME --`. */
final class Txtar
{
    /** @return array<string, string> file names to contents; the comment has the name '' */
    public static function read(string $file): array
    {
        $files = ['' => ''];
        $name = '';
        foreach (preg_split('/(?<=\n)/', file_get_contents($file)) as $line) {
            if (preg_match('/\A-- (\S.*?) --\r?\n?\z/', $line, $m)) {
                $name = $m[1];
                $files[$name] = '';
            } else {
                $files[$name] .= $line;
            }
        }
        return $files;
    }

    /**
     * The steps of a golden conversation, by number.
     *
     * @return array<int, array<string, string>> each with call, request, reply, returns, as far as they are there
     */
    public static function steps(string $file): array
    {
        $steps = [];
        foreach (self::read($file) as $name => $content) {
            if (preg_match('/\A(\d+)\.(call|request|reply|returns)\z/', $name, $m)) {
                $steps[(int) $m[1]][$m[2]] = $content;
            }
        }
        ksort($steps);
        return $steps;
    }
}
