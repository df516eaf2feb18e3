<?php

namespace Login;

/**
 * The session of one browser: nobody, then a user whose password was right
 * (pending), then a user who is logged in. Each step has a new session id and
 * a new token for its forms, so those of an earlier step are no longer valid.
 */
final class Session
{
    /** How long a code may be typed after the password, in seconds. */
    private const PENDING = 300;

    public function __construct(bool $https)
    {
        session_name($https ? '__Host-login' : 'login');
        session_start([
            'use_strict_mode' => 1, // accepts only ids that the server made
            'use_only_cookies' => 1,
            'use_trans_sid' => 0,
            'cookie_httponly' => 1,
            'cookie_samesite' => 'Strict',
            'cookie_secure' => $https ? 1 : 0,
            'cookie_path' => '/',
            'cache_limiter' => '', // the page sends no-store itself
        ]);
        $_SESSION += ['token' => bin2hex(random_bytes(32))];
    }

    /** The token that a form must send back. */
    public function token(): string
    {
        return $_SESSION['token'];
    }

    public function own(string $token): bool
    {
        return hash_equals($_SESSION['token'], $token);
    }

    /** The user whose password was right a short time ago; null: none. */
    public function pending(): ?string
    {
        $age = time() - ($_SESSION['since'] ?? 0);
        return isset($_SESSION['pending']) && $age >= 0 && $age <= self::PENDING ? $_SESSION['pending'] : null;
    }

    /** The user who is logged in; null: none. */
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

    /** Returns the kept text once. */
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
