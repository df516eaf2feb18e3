<?php
// Calls Bench.Invoke of a server of net/rpc/jsonrpc for the given number of seconds and prints the time of each call in
// nanoseconds. Arguments: socket, seconds.
$socket = stream_socket_client('unix://' . $argv[1]);
$id = 0;
$times = [];
$start = hrtime(true);
$end = $start + (int) ((float) $argv[2] * 1e9);
while ($start < $end) {
    $call = ['method' => 'Bench.Invoke', 'id' => $id,
        'params' => [['module' => 'Bench', 'function' => 'empty', 'args' => ['name' => 'value']]]];
    fwrite($socket, json_encode($call) . "\n");
    $reply = json_decode((string) fgets($socket), true);
    if (!isset($reply['result']) || $reply['id'] !== $id++ || $reply['result']['status'] !== 1) {
        fwrite(STDERR, json_encode($reply) . "\n");
        exit(1);
    }
    $now = hrtime(true);
    $times[] = $now - $start;
    $start = $now;
}
echo implode("\n", $times), "\n";
