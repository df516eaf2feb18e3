<?php
// Calls Bench::empty for the given number of seconds and prints the time of each call in nanoseconds: make bench.
require __DIR__ . '/cpanel.php';

$cpanel = new CPANEL();
$times = [];
$start = hrtime(true);
$end = $start + (int) ((float) $argv[1] * 1e9);
while ($start < $end) {
    $r = $cpanel->uapi('Bench', 'empty', ['name' => 'value']);
    if ($r['cpanelresult']['result']['status'] !== 1) {
        fwrite(STDERR, json_encode($r) . "\n");
        exit(1);
    }
    $now = hrtime(true);
    $times[] = $now - $start;
    $start = $now;
}
$cpanel->end();
echo implode("\n", $times), "\n";
