<?php
// Exchanges bytes of fixed size over a unix socket for the given number of seconds and prints the time of each exchange
// in nanoseconds: the least that a caller in PHP needs. Arguments: socket, seconds.
const REQUEST_SIZE = 124;
const REPLY_SIZE = 200;

$socket = stream_socket_client('unix://' . $argv[1]);
$request = str_repeat("\0", REQUEST_SIZE);
$times = [];
$start = hrtime(true);
$end = $start + (int) ((float) $argv[2] * 1e9);
while ($start < $end) {
    fwrite($socket, $request);
    for ($left = REPLY_SIZE; $left > 0; $left -= strlen($reply)) {
        $reply = fread($socket, $left);
        if ($reply === false || $reply === '') {
            fwrite(STDERR, "the server has closed the connection\n");
            exit(1);
        }
    }
    $now = hrtime(true);
    $times[] = $now - $start;
    $start = $now;
}
echo implode("\n", $times), "\n";
