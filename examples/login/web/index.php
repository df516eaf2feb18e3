<?php

// A login page with a second step. Run it with:
//     php -S 127.0.0.1:8080 -t examples/login/web
// ../README.md says what it needs.

namespace Login;

ini_set('display_errors', '0');             // visitors see no paths
ini_set('zend.exception_ignore_args', '1'); // and logs have no password or code
foreach (['Passwords', 'Unanswered', 'Verdict', 'SecondFactor', 'Session', 'page'] as $file) {
    require __DIR__ . "/../lib/$file.php";
}

$https = ($_SERVER['HTTPS'] ?? '') !== '' && $_SERVER['HTTPS'] !== 'off';
header('Content-Type: text/html; charset=utf-8');
header('Cache-Control: no-store');
header("Content-Security-Policy: default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
header('Referrer-Policy: same-origin');
header('X-Content-Type-Options: nosniff');

$session = new Session($https);
if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
    page($session);
    return;
}
if (!$session->own(posted('token'))) { // the form of another site, or an old one of this page
    http_response_code(403);
    $session->say('This form is out of date. Try again.');
    page($session);
    return;
}

$config = require getenv('LOGIN_CONFIG') ?: __DIR__ . '/../config.php';
$second = new SecondFactor($config['command']);
try {
    switch (posted('step')) {
        case 'password':
            password($session, new Passwords($config['passwords']), $second, posted('name'), posted('password'), $config['required'] ?? true);
            break;
        case 'code':
            code($session, $second, posted('code'));
            break;
        case 'logout':
            $session->logOut();
            break;
    }
} catch (\Throwable $e) {
    error_log('login: ' . $e->getMessage());
    $session->say('Signing in does not work at present. Try again later.');
}
// A reload must not post the form again.
header('Location: index.php', true, 303);

/** The first step. Only after a right password one learns whether there is a second step. */
function password(Session $session, Passwords $passwords, SecondFactor $second, string $name, string $password, bool $required): void
{
    if (!$passwords->right($name, $password) || !$second->serves($name)) {
        $session->say('The account or the password is not right.');
        return;
    }
    if ($second->enabled($name)) {
        $session->await($name);
    } elseif ($required) {
        $session->say('This account has no second factor, and needs one to sign in. Ask the administrator.');
    } else {
        $session->logIn($name);
    }
}

/** The second step, for the account whose password was right. */
function code(Session $session, SecondFactor $second, string $code): void
{
    $account = $session->pending();
    if ($account === null) {
        $session->logOut();
        $session->say('That took too long. Start again.');
        return;
    }
    $verdict = $second->check($account, $code);
    if (!$verdict->valid) {
        $session->say($verdict->text ?: 'That code is not right. Each code works once: wait for the next one.');
        return;
    }
    $session->logIn($account);
    if ($verdict->method === 'recovery') {
        $left = $second->recoveryCodesLeft($account);
        $session->say('You used a recovery code.' . ($left === null ? '' : " There are $left left."));
    }
}

/** A text field of the form; '' for anything else that PHP reads from a request. */
function posted(string $name): string
{
    $value = $_POST[$name] ?? '';
    return is_string($value) && strlen($value) <= 1024 ? $value : '';
}
