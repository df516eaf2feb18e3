<?php

namespace Login;

/** The result of checking a code. */
final class Verdict
{
    /** @var bool */
    public $valid = false;

    /** @var string 'totp', 'recovery', or '' */
    public $method = '';

    /** @var string the text for the user when the code was not checked; '' when it was */
    public $text = '';
}
