<?php
namespace LiveAPI;

/**
 * No host could be had, or no answer that can be trusted: the message says what
 * was tried and what to do. The connection is closed by then and the next call
 * opens a new one, so that a late answer reaches no other call.
 *
 * A function that failed is not an exception: it is a result whose status is 0.
 */
class Exception extends \RuntimeException
{
}

/** An argument cannot be sent (W6). The message names it and never quotes its value. */
class InvalidArgument extends \InvalidArgumentException
{
}
