<?php
// Turns two-factor authentication on for the account, as a security page does:
// make a secret, show it to the user's authenticator app, take the app's code
// as proof. Run it with: liveapi run examples/enrol.live.php

require '/usr/local/cpanel/php/cpanel.php';

header('Content-Type: text/plain; charset=utf-8');
echo "enrol.live.php (PHP)\n\n";

$cpanel = new CPANEL();

// 1. A new secret. Nothing is stored yet.
$config = call($cpanel, 'generate_user_configuration');
$secret = $config['data']['secret'] ?? '';
answer($config, 'secret ' . partly($secret) . ', otpauth_str for the QR code');
expect($config['status'] == 1 && $secret != '', 'a secret');

// 2. What the user's app does with it.
$code = code($secret, time());
echo "    the app shows ", partly($code, 2), "\n\n";

// 3. The code proves that the app has the secret. It is stored now.
$set = call($cpanel, 'set_user_configuration', ['secret' => $secret, 'tfa_token' => $code]);
answer($set, 'tfa_configured ' . ($set['data']['tfa_configured'] ?? '-'));
expect($set['status'] == 1, 'the code to be accepted. A code works once: '
    . 'after another run, wait for the app\'s next one (30 s)');

// 4. From here on a log-in asks for a code.
$get = call($cpanel, 'get_user_configuration');
answer($get, 'is_enabled ' . ($get['data']['is_enabled'] ?? '-') . ', issuer ' . ($get['data']['issuer'] ?? '-'));
expect($get['status'] == 1 && $get['data']['is_enabled'] == 1, 'is_enabled 1');

// 5. Somebody who saw the user's code tries the same code again.
echo "    the same code a second time\n\n";
$again = call($cpanel, 'set_user_configuration', ['secret' => $secret, 'tfa_token' => $code]);
answer($again);
expect($again['status'] == 0
    && $again['errors'] == ['Failed to set user configuration: The security code is invalid.'], 'a refusal');

$cpanel->end();

/** Calls a function of TwoFactorAuth and returns its result. */
function call($cpanel, $func, $args = [])
{
    echo "  → TwoFactorAuth::$func(", implode(', ', array_keys($args)), ")\n";
    $reply = $cpanel->uapi('TwoFactorAuth', $func, $args);
    return $reply['cpanelresult']['result'];
}

/** Prints a successful result as the page shows it, or the errors. */
function answer($result, $text = '')
{
    echo "  ← status {$result['status']}  ";
    echo $result['status'] ? $text : implode("\n              ", $result['errors']), "\n\n";
}

/** Ends the page when a result is not the expected one. */
function expect($holds, $what)
{
    if (!$holds) {
        echo "The page expected $what.\n";
        exit(1);
    }
}

/** A part of a secret, enough to recognise it. */
function partly($text, $shown = 4)
{
    return substr($text, 0, $shown) . str_repeat('·', max(0, strlen($text) - $shown));
}

/** The six digits of RFC 6238 for this secret (base32) at this time (seconds). */
function code($secret, $time)
{
    $bits = '';
    foreach (str_split(rtrim($secret, '=')) as $letter) {
        $bits .= sprintf('%05b', strpos('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', $letter));
    }
    $key = '';
    foreach (str_split($bits, 8) as $byte) {
        $key .= strlen($byte) == 8 ? chr(bindec($byte)) : '';
    }
    $hash = hash_hmac('sha1', pack('J', intdiv($time, 30)), $key, true);
    $offset = ord($hash[19]) & 15;
    $number = unpack('N', substr($hash, $offset, 4))[1] & 0x7fffffff;
    return sprintf('%06d', $number % 1000000);
}
