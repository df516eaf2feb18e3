<?php

namespace Login;

/**
 * The session of one browser: nobody, then somebody whose password was right
 * (pending), then somebody who is logged in. Each step has a new session id and
 * a new token for its forms, so what was known before is worth nothing after.
 */
final class Session
{
    /** How long a code may be typed after the password, in seconds. */
    private const PENDING = 300;

    public function __construct(bool $https)
    {
        session_name($https ? '__Host-login' : 'login');
        session_start([
            'use_strict_mode' => 1, // an id that the server did not make is not taken
            'use_only_cookies' => 1,
            'use_trans_sid' => 0,
            'cookie_httponly' => 1,
            'cookie_samesite' => 'Strict',
            'cookie_secure' => $https ? 1 : 0,
            'cookie_path' => '/',
            'cache_limiter' => '', // the page says no-store itself
        ]);
        $_SESSION += ['token' => bin2hex(random_bytes(32))];
    }

    /** The token that a form has to bring back. */
    public function token(): string
    {
        return $_SESSION['token'];
    }

    public function own(string $token): bool
    {
        return hash_equals($_SESSION['token'], $token);
    }

    /** Whose password was right a short time ago; null: nobody's. */
    public function pending(): ?string
    {
        $age = time() - ($_SESSION['since'] ?? 0);
        return isset($_SESSION['pending']) && $age >= 0 && $age <= self::PENDING ? $_SESSION['pending'] : null;
    }

    /** Who is logged in; null: nobody. */
    public function account(): ?string
    {
        return $_SESSION['account'] ?? null;
    }

    public function await(string $account): void
    {
        $this->renew(['pending' => $account, 'since' => time()]);
    }

    public function logIn(string $account): void
    {
        $this->renew(['account' => $account]);
    }

    public function logOut(): void
    {
        $this->renew([]);
    }

    /** Keeps a text for the next page. */
    public function say(string $text): void
    {
        $_SESSION['text'] = $text;
    }

    /** The text that was kept, once. */
    public function said(): string
    {
        $text = $_SESSION['text'] ?? '';
        unset($_SESSION['text']);
        return $text;
    }

    private function renew(array $state): void
    {
        if (!session_regenerate_id(true)) {
            throw new \RuntimeException('the session cannot get a new id');
        }
        $_SESSION = $state + ['token' => bin2hex(random_bytes(32))];
    }
}
