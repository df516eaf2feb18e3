<?php

namespace Login;

/** There was no reply, or no valid one: nobody gets in. */
final class Unanswered extends \RuntimeException
{
}
