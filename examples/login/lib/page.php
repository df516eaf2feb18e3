<?php

namespace Login;

/** Prints the page: the form of the browser's present step. */
function page(Session $session): void
{
    $account = $session->account();
    $pending = $session->pending();
    $title = $account !== null ? 'Signed in' : ($pending !== null ? 'Security code' : 'Sign in');
    $text = $session->said();
    echo '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<title>', $title, '</title><link rel="stylesheet" href="style.css"></head><body><main>',
        '<h1>', $title, '</h1>';
    if ($text !== '') {
        echo '<p class="text" role="alert">', escape($text), '</p>';
    }
    if ($account !== null) {
        echo '<p>You are signed in as <strong>', escape($account), '</strong>.</p>';
        form($session, 'logout', '', 'Sign out');
    } elseif ($pending !== null) {
        echo '<p>Type the six digits that your authenticator shows, or one of your recovery codes.</p>';
        form($session, 'code', '<label for="code">Code</label><input id="code" name="code" required autofocus maxlength="64" '
            . 'autocomplete="one-time-code" autocapitalize="none" spellcheck="false">', 'Continue');
        form($session, 'logout', '', 'Start again', 'quiet');
    } else {
        form($session, 'password', '<label for="name">Account</label><input id="name" name="name" required autofocus maxlength="32" '
            . 'autocomplete="username" autocapitalize="none" spellcheck="false">'
            . '<label for="password">Password</label><input id="password" name="password" type="password" required maxlength="1024" '
            . 'autocomplete="current-password">', 'Continue');
    }
    echo "</main></body></html>\n";
}

function form(Session $session, string $step, string $fields, string $button, string $class = ''): void
{
    echo '<form method="post" action="index.php">',
        '<input type="hidden" name="step" value="', escape($step), '">',
        '<input type="hidden" name="token" value="', escape($session->token()), '">',
        $fields, '<button class="', escape($class), '">', escape($button), '</button></form>';
}

function escape(string $text): string
{
    return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE | ENT_HTML5, 'UTF-8');
}
