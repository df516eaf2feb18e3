<?php
namespace LiveAPI;

/**
 * There is no host, or it sent no valid reply. The message says what was tried and
 * what to do. The connection is closed and the next call opens a new one, so that a
 * late reply cannot be taken for the reply to another call.
 *
 * A function that fails does not throw: its result has the status 0.
 */
class Exception extends \RuntimeException
{
}

/** An argument cannot be sent (W6). The message names it and never quotes its value. */
class InvalidArgument extends \InvalidArgumentException
{
}
