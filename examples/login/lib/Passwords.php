<?php

namespace Login;

/** The first factor: a file of names and hashes. An example: replace it by your own. */
final class Passwords
{
    /** @var array<string, string> */
    private $hashes = [];

    public function __construct(string $file)
    {
        $lines = is_readable($file) ? file($file, FILE_IGNORE_NEW_LINES | FILE_SKIP_EMPTY_LINES) : false;
        if ($lines === false) {
            throw new \RuntimeException("the passwords cannot be read: $file");
        }
        foreach ($lines as $line) {
            [$name, $hash] = explode(':', $line, 2) + [1 => ''];
            $this->hashes[$name] = $hash;
        }
    }

    /** Whether the password is the account's. An unknown name takes as long as a known one. */
    public function right(string $name, string $password): bool
    {
        $known = isset($this->hashes[$name]);
        $hash = $known ? $this->hashes[$name] : (reset($this->hashes) ?: password_hash('', PASSWORD_DEFAULT));
        return password_verify($password, $hash) && $known;
    }
}
