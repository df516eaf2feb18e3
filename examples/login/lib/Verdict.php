<?php

namespace Login;

/** What became of a code. */
final class Verdict
{
    /** @var bool */
    public $valid = false;

    /** @var string 'totp', 'recovery', or '' */
    public $method = '';

    /** @var string what to tell the user when no code was looked at; '' when one was */
    public $text = '';
}
