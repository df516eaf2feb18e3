<?php
/**
 * Pages hard-code the path /usr/local/cpanel/php/cpanel.php (U §10). On a machine
 * without that file, this makes the path lead to the library in this folder. The
 * host runs a page as
 *
 *     php -d auto_prepend_file=…/sdk/caller/php/prepend.php page.live.php
 *
 * On a machine with that file this does nothing.
 */
namespace LiveAPI;

if (!is_file(Prepend::PATH)) {
    Prepend::begin();
}

/**
 * A stream wrapper that replaces `file://`. It serves one path and passes all others
 * to PHP's own wrapper. It stays until the page ends, because an included file may
 * load the path again by require_once, and PHP finds out that a file is already
 * included only when the file exists.
 */
final class Prepend
{
    public const PATH = '/usr/local/cpanel/php/cpanel.php';

    /** @var resource|null set by PHP */
    public $context;
    /** @var resource */
    private $handle;
    private bool $byLine = false;
    private bool $end = false;

    public static function begin(): void
    {
        stream_wrapper_unregister('file');
        stream_wrapper_register('file', self::class);
    }

    /**
     * Runs $do with PHP's own wrapper.
     *
     * @return mixed
     */
    private static function plain(callable $do)
    {
        stream_wrapper_restore('file');
        try {
            return $do();
        } finally {
            self::begin();
        }
    }

    /**
     * Like plain(), without warnings. When a file cannot be opened, PHP itself gives
     * the warning, with the page's line; for file_exists() and the like it gives none.
     *
     * @return mixed
     */
    private static function quietly(callable $do)
    {
        set_error_handler(static function (): bool {
            return true;
        });
        try {
            return self::plain($do);
        } finally {
            restore_error_handler();
        }
    }

    private static function ours(string $path): bool
    {
        return $path === self::PATH || $path === 'file://' . self::PATH;
    }

    public function stream_open(string $path, string $mode, int $options, ?string &$opened): bool
    {
        if (self::ours($path) && $mode[0] === 'r') {
            // A file that includes the library, so that the library's __DIR__ is its own folder.
            $this->handle = fopen('php://memory', 'w+');
            fwrite($this->handle, '<?php return require_once ' . var_export(__DIR__ . '/cpanel.php', true) . ';');
            rewind($this->handle);
            return true;
        }
        $handle = self::quietly(function () use ($path, $mode, $options) {
            return is_resource($this->context)
                ? fopen($path, $mode, (bool) ($options & STREAM_USE_PATH), $this->context)
                : fopen($path, $mode, (bool) ($options & STREAM_USE_PATH));
        });
        if ($handle === false) {
            return false;
        }
        $this->handle = $handle;
        // PHP fills its buffer before it returns: from a terminal or a FIFO each line has to be read alone.
        $this->byLine = !in_array((fstat($handle)['mode'] ?? 0) & 0170000, [0100000, 0040000], true);
        return true;
    }

    /** @return string|false */
    public function stream_read(int $count)
    {
        $data = $this->byLine ? fgets($this->handle, $count + 1) : fread($this->handle, $count);
        // Like PHP's own wrapper: only the read after the last byte finds the end of the file.
        $this->end = (string) $data === '' && feof($this->handle);
        return $data;
    }

    /** @return int|false */
    public function stream_write(string $data)
    {
        return fwrite($this->handle, $data);
    }

    public function stream_eof(): bool
    {
        return $this->end;
    }

    /** @return int|false */
    public function stream_tell()
    {
        return ftell($this->handle);
    }

    public function stream_seek(int $offset, int $whence): bool
    {
        return fseek($this->handle, $offset, $whence) === 0;
    }

    public function stream_flush(): bool
    {
        return fflush($this->handle);
    }

    /** @return array<mixed>|false */
    public function stream_stat()
    {
        return fstat($this->handle);
    }

    /** With 0 PHP asks whether the wrapper supports locks. */
    public function stream_lock(int $operation): bool
    {
        return $operation === 0 || flock($this->handle, $operation);
    }

    public function stream_truncate(int $size): bool
    {
        return ftruncate($this->handle, $size);
    }

    public function stream_set_option(int $option, int $first, ?int $second): bool
    {
        switch ($option) {
            case STREAM_OPTION_BLOCKING:
                return stream_set_blocking($this->handle, (bool) $first);
            case STREAM_OPTION_READ_TIMEOUT:
                return stream_set_timeout($this->handle, $first, (int) $second);
            default:
                return false;
        }
    }

    /** @return resource */
    public function stream_cast(int $as)
    {
        return $this->handle;
    }

    public function stream_close(): void
    {
        fclose($this->handle);
    }

    /** @param mixed $value */
    public function stream_metadata(string $path, int $option, $value): bool
    {
        return self::plain(static function () use ($path, $option, $value): bool {
            switch ($option) {
                case STREAM_META_TOUCH:
                    return touch($path, ...array_values((array) $value));
                case STREAM_META_ACCESS:
                    return chmod($path, $value);
                case STREAM_META_OWNER:
                case STREAM_META_OWNER_NAME:
                    return chown($path, $value);
                case STREAM_META_GROUP:
                case STREAM_META_GROUP_NAME:
                    return chgrp($path, $value);
            }
            return false;
        });
    }

    /** @return array<mixed>|false */
    public function url_stat(string $path, int $flags)
    {
        $path = self::ours($path) ? __DIR__ . '/cpanel.php' : $path;
        return self::quietly(static function () use ($path, $flags) {
            return $flags & STREAM_URL_STAT_LINK ? lstat($path) : stat($path);
        });
    }

    public function unlink(string $path): bool
    {
        return self::plain(static function () use ($path): bool {
            return unlink($path);
        });
    }

    public function rename(string $from, string $to): bool
    {
        return self::plain(static function () use ($from, $to): bool {
            return rename($from, $to);
        });
    }

    public function mkdir(string $path, int $mode, int $options): bool
    {
        return self::plain(static function () use ($path, $mode, $options): bool {
            return mkdir($path, $mode, (bool) ($options & STREAM_MKDIR_RECURSIVE));
        });
    }

    public function rmdir(string $path, int $options): bool
    {
        return self::plain(static function () use ($path): bool {
            return rmdir($path);
        });
    }

    public function dir_opendir(string $path, int $options): bool
    {
        $handle = self::quietly(static function () use ($path) {
            return opendir($path);
        });
        if ($handle === false) {
            return false;
        }
        $this->handle = $handle;
        return true;
    }

    /** @return string|false */
    public function dir_readdir()
    {
        return readdir($this->handle);
    }

    public function dir_rewinddir(): bool
    {
        rewinddir($this->handle);
        return true;
    }

    public function dir_closedir(): bool
    {
        closedir($this->handle);
        return true;
    }
}
