<?php

namespace Login;

/** No answer could be had, or none that can be believed: nobody gets in. */
final class Unanswered extends \RuntimeException
{
}
