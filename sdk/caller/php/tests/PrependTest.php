<?php
namespace LiveAPI\Tests;

/** The path that pages hard-code, U §10, in PHP processes of their own. */
final class PrependTest extends PageTestCase
{
    private const PATH = '/usr/local/cpanel/php/cpanel.php';

    protected function setUp(): void
    {
        parent::setUp();
        self::assertFileDoesNotExist(self::PATH, 'these tests are for a machine without a panel');
    }

    /** @return array{int, string, string} */
    private function page(string $code, bool $prepended = true): array
    {
        file_put_contents($this->folder . '/page.live.php', "<?php $code");
        $prepend = $prepended ? ['-d', 'auto_prepend_file=' . dirname(__DIR__) . '/prepend.php'] : [];
        return $this->php(...array_merge($prepend, [$this->folder . '/page.live.php']));
    }

    /** @return array<string, array{string}> */
    public function spellings(): array
    {
        return [
            'require' => ["require '" . self::PATH . "';"],
            'require_once' => ["require_once '" . self::PATH . "';"],
            'include' => ["include('" . self::PATH . "');"],
            'include_once' => ["include_once '" . self::PATH . "';"],
            'URL' => ["require 'file://" . self::PATH . "';"],
            'twice' => ["require_once '" . self::PATH . "'; require_once '" . self::PATH . "'; include_once '" . self::PATH . "';"],
            'only when it is there' => ["if (file_exists('" . self::PATH . "')) { require '" . self::PATH . "'; }"],
            'from another folder' => ["chdir('/'); require '" . self::PATH . "';"],
            'from an included file' => ["file_put_contents(__DIR__ . '/inc.php', '<?php require \"" . self::PATH . "\";'); require 'inc.php';"],
        ];
    }

    /** @dataProvider spellings */
    public function testUSection10ThePathLeadsToThisLibrary(string $require): void
    {
        $host = $this->host([Host::uapi('Echo', 'echo', 'x')]);
        $page = $this->page($require . ' $cpanel = new CPANEL();
            echo $cpanel->uapi("Echo", "echo")["cpanelresult"]["result"]["data"];
            echo dirname((new ReflectionClass("CPANEL"))->getFileName()) === ' . var_export(dirname(__DIR__), true) . ' ? " ours" : " other";');
        self::assertSame([0, 'x ours', ''], $page);
        self::assertCount(2, $host->heard()[0]);
    }

    /** File functions have the same effect with and without the prepended file. */
    public function testUSection10EverythingElseIsUnchanged(): void
    {
        $code = <<<'EOF'
            set_error_handler(function ($level, $text) { echo preg_replace('/Failed to open stream:.*/i', '', $text), "\n"; return true; });
            chdir(__DIR__);
            var_dump(file_put_contents('a.txt', "one\ntwo\n", LOCK_EX), file('a.txt'), filesize('a.txt'));
            var_dump(touch('a.txt', 1000, 2000)); clearstatcache(); var_dump(filemtime('a.txt'), fileatime('a.txt'), touch('b.txt'), filemtime('b.txt') > 1000);
            var_dump(chmod('a.txt', 0640), decoct(fileperms('a.txt')), chown('a.txt', getmyuid()), chgrp('a.txt', getmygid()));
            var_dump(is_readable('a.txt'), is_writable('.'), is_link('a.txt'), is_dir('.'), is_file('/nowhere'), file_exists('c.txt'));
            $h = fopen('a.txt', 'a+');
            var_dump(fwrite($h, "three\n"), rewind($h), fgets($h), ftell($h), fseek($h, 2), fread($h, 3), feof($h));
            var_dump(stream_get_contents($h), feof($h), fstat($h)['size'], flock($h, LOCK_EX), flock($h, LOCK_UN), ftruncate($h, 4), fflush($h));
            $child = proc_open(['echo', 'child'], [1 => $h], $pipes);
            var_dump(proc_close($child), fclose($h), file_get_contents('a.txt'), file_get_contents('a.txt', false, stream_context_create(), 2, 3));
            var_dump(mkdir('d/e/f', 0755, true), rename('b.txt', 'd/b.txt'), copy('a.txt', 'd/c.txt'), scandir('d'), glob('d/*.txt'));
            $d = opendir('d'); $n = 0; while (readdir($d) !== false) { $n++; } rewinddir($d); var_dump($n, is_string(readdir($d))); closedir($d);
            foreach (new DirectoryIterator('d') as $f) { $seen[] = $f->getFilename(); } sort($seen); var_dump($seen);
            $o = new SplFileObject('d/c.txt', 'r+'); foreach ($o as $line) { var_dump($line); } $o = null;
            var_dump(unlink('d/b.txt'), unlink('d/c.txt'), rmdir('d/e/f'), rmdir('d/e'), rmdir('d'));
            file_put_contents('i.php', '<?php echo basename(__FILE__), __DIR__ === getcwd() ? " here" : " elsewhere", "\n"; return 7;');
            var_dump(include 'i.php', include_once './i.php', require_once __DIR__ . '/i.php', (function () { return require __DIR__ . '/i.php'; })());
            var_dump(array_map('basename', array_filter(get_included_files(), function ($f) { return basename($f) !== 'prepend.php'; })) !== []);
            symlink('a.txt', 'l'); var_dump(is_link('l'), lstat('l')['size'], stat('l')['size'], readlink('l'), realpath('l') === __DIR__ . '/a.txt'); unlink('l');
            set_include_path(__DIR__ . '/lib'); mkdir('lib'); file_put_contents('lib/j.php', '<?php return "j";');
            var_dump(include 'j.php', file_get_contents('j.php', true), parse_ini_file('i.ini'));
            unlink('lib/j.php'); rmdir('lib'); unlink('missing'); rmdir('missing'); fopen('missing', 'r'); opendir('missing'); filesize('missing'); include 'missing.php';
            var_dump(array_keys(array_diff_key(get_defined_vars(), $GLOBALS)), error_get_last(), posix_isatty(fopen('a.txt', 'r')));
EOF;
        file_put_contents($this->folder . '/i.ini', "a=1\n");
        [$status, $want, $errors] = $this->page($code, false);
        self::assertSame([0, ''], [$status, $errors]);
        array_map('unlink', array_filter(glob($this->folder . '/?.{txt,php}', GLOB_BRACE)));
        $got = $this->page($code);
        self::assertSame([0, preg_replace('/^(opendir|include).*\n/m', '', $want), ''], [$got[0], preg_replace('/^(opendir|include).*\n/m', '', $got[1]), $got[2]]);
    }

    /** A page that reads from a terminal gets each line at once. */
    public function testUSection10LinesComeInTime(): void
    {
        $fifo = $this->folder . '/fifo';
        posix_mkfifo($fifo, 0600);
        file_put_contents($this->folder . '/page.live.php', "<?php \$f = fopen('$fifo', 'r'); while (\$l = fgets(\$f)) { echo strtoupper(\$l); }");
        $page = proc_open(
            [PHP_BINARY, '-d', 'auto_prepend_file=' . dirname(__DIR__) . '/prepend.php', $this->folder . '/page.live.php'],
            [1 => ['pipe', 'w']],
            $pipes
        );
        $in = fopen($fifo, 'w');
        foreach (["one\n", "two\n"] as $line) {
            fwrite($in, $line);
            $read = [$pipes[1]];
            $none = null;
            self::assertSame(1, stream_select($read, $none, $none, 10));
            self::assertSame(strtoupper($line), fgets($pipes[1]));
        }
        fclose($in);
        self::assertSame(0, proc_close($page));
    }
}
