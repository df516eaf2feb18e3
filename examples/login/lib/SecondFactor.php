<?php

namespace Login;

/**
 * The second factor of an account, by a command that makes one call of
 * TwoFactorAuth. Everything except a clear success is refused.
 */
final class SecondFactor
{
    /** @var string[] */
    private $command;

    /** @param string[] $command the function is appended to it; {account} is replaced */
    public function __construct(array $command)
    {
        $this->command = $command;
    }

    /**
     * Whether calls for this account are possible: the command has the account
     * as an argument, or the account is the one of this process.
     */
    public function serves(string $account): bool
    {
        if (!preg_match('/\A[a-z_][a-z0-9_-]{0,31}\z/', $account)) { // it must not be a --flag
            return false;
        }
        return strpos(implode(' ', $this->command), '{account}') !== false
            || $account === (posix_getpwuid(posix_geteuid())['name'] ?? null);
    }

    /** Whether to ask for a code. */
    public function enabled(string $account): bool
    {
        $result = $this->call($account, 'get_user_configuration', []);
        $enabled = $result['data']['is_enabled'] ?? null;
        if (($result['status'] ?? 0) !== 1 || ($enabled !== 0 && $enabled !== 1)) {
            throw new Unanswered('the answer does not say whether there is a second factor');
        }
        return $enabled === 1;
    }

    /** How many recovery codes are left, for a hint; null when this is unknown. */
    public function recoveryCodesLeft(string $account): ?int
    {
        try {
            return $this->call($account, 'get_user_configuration', [])['metadata']['recovery_codes_left'] ?? null;
        } catch (Unanswered $e) {
            return null;
        }
    }

    /** Checks a code, and uses it up if it is right. */
    public function check(string $account, string $code): Verdict
    {
        $verdict = new Verdict();
        if (!preg_match('/\A[0-9A-Za-z \t-]{1,64}\z/', $code)) {
            return $verdict; // no code at all
        }
        $result = $this->call($account, 'validate_token', ['tfa_token' => $code]);
        if (!isset($result['status'], $result['data']['valid'])) {
            throw new Unanswered('the answer does not say whether the code was right');
        }
        $verdict->valid = $result['status'] === 1 && $result['data']['valid'] === 1;
        if ($verdict->valid) {
            $verdict->method = (string) ($result['data']['method'] ?? '');
        } elseif ($result['status'] !== 1) {
            $text = (string) ($result['errors'][0] ?? 'The code could not be checked.');
            $verdict->text = preg_replace('/\AFailed to validate the security code: /', '', $text);
        }
        return $verdict;
    }

    /** Makes one call and returns its result. */
    private function call(string $account, string $function, array $arguments): array
    {
        if (!$this->serves($account)) {
            throw new Unanswered('the command cannot ask for this account');
        }
        $command = str_replace('{account}', $account, $this->command);
        $command[] = $function;
        $said = tmpfile() ?: fopen('/dev/null', 'w+');
        $process = @proc_open($command, [['pipe', 'r'], ['pipe', 'w'], $said], $pipes);
        if ($process === false) {
            throw new Unanswered("$command[0] cannot be started");
        }
        @fwrite($pipes[0], json_encode((object) $arguments));
        fclose($pipes[0]);
        $answer = json_decode(stream_get_contents($pipes[1]), true);
        fclose($pipes[1]);
        $status = proc_close($process);
        rewind($said);
        $complaint = trim(preg_replace('/[^\x20-\x7e]+/', ' ', stream_get_contents($said, 500)));
        if ($complaint !== '') { // never has a code in it
            error_log("login: $function: $complaint");
        }
        $result = $answer['result'] ?? null;
        // Without a reply the status is 3; with a reply it must match it (0 or 1).
        if (!is_array($result) || $status !== (($result['status'] ?? null) === 1 ? 0 : 1)) {
            throw new Unanswered("no answer from $command[0], whose exit status is $status");
        }
        return $result;
    }
}
